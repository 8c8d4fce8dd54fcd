package ingest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// readConfig reads the configuration and has it agree with the layers.
func (i *Image) readConfig() (*manifest.Config, error) {
	config, err := manifest.ParseConfig(i.Config)
	if err != nil {
		return nil, err
	}
	if config.OS != "" && config.OS != "linux" {
		return nil, fmt.Errorf("the image is for %s, and mydocker runs linux (--platform chooses another, where the image has one)", config.OS)
	}
	if err := config.CheckLayers(len(i.Layers)); err != nil {
		return nil, err
	}
	for n := range i.Layers {
		if i.Layers[n].DiffID != config.RootFS.DiffIDs[n] {
			return nil, fmt.Errorf("layer %d has the diff id %s, and the configuration of the image says %s", n+1, i.Layers[n].DiffID, config.RootFS.DiffIDs[n])
		}
		if d := &i.Layers[n].Blob; d.Digest != "" {
			if err := d.Validate(); err != nil {
				return nil, fmt.Errorf("layer %d: %w", n+1, err)
			}
		}
		if mediaType := i.Layers[n].Blob.MediaType; mediaType != "" {
			if err := manifest.CheckLayerType(mediaType); err != nil {
				return nil, fmt.Errorf("layer %d: %w", n+1, err)
			}
		}
	}
	return config, nil
}

// checkManifest has the manifest say what the source says: both come from whoever made the image.
func (i *Image) checkManifest() error {
	if i.Manifest == nil {
		return nil
	}
	document, err := manifest.Parse(i.MediaType, i.Manifest)
	if err != nil {
		return err
	}
	if document.Image == nil {
		return errors.New("the manifest is an index")
	}
	if document.Image.Config.Digest != manifest.DigestOf(i.Config) {
		return fmt.Errorf("the configuration of the image has the digest %s, and its manifest says %s", manifest.DigestOf(i.Config), document.Image.Config.Digest)
	}
	same := func(d image.Descriptor, l Layer) bool { return d.Digest == l.Blob.Digest && d.Size == l.Blob.Size }
	if !slices.EqualFunc(document.Image.Layers, i.Layers, same) {
		return errors.New("the layers are others than the manifest says")
	}
	return nil
}

// LayerType is the media type of a layer that is compressed so. What no layer can be compressed
// by has that of an archive that is not.
func LayerType(kind compression.Kind) (mediaType string, is bool) {
	switch kind {
	case compression.Gzip, compression.Zstd:
		return manifest.OCILayer + "+" + string(kind), true
	case compression.None:
		return manifest.OCILayer, true
	}
	return manifest.OCILayer, false
}

// chainOf names a layer together with all that are below it.
func chainOf(layers []Layer) image.Digest {
	hash := sha256.New()
	for n := range layers {
		hash.Write([]byte(layers[n].DiffID + "\n"))
	}
	return image.NewDigest(hash.Sum(nil))
}
