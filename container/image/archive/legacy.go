package archive

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/utils"
)

// maxLegacyLayers bounds how many layers are followed one after another.
const maxLegacyLayers = 500

// readLegacy reads what Docker wrote before 1.10: a directory for each layer with its own
// configuration, and a file with the names. What an image has of a configuration today is
// made of those.
func readLegacy(ctx context.Context, all files, platform *image.Platform) ([]*Image, error) {
	content, err := readDocument(all, "repositories")
	if err != nil {
		return nil, err
	}
	var repositories map[string]map[string]string
	if err := json.Unmarshal(content, &repositories); err != nil {
		return nil, fmt.Errorf("repositories: %w", err)
	}
	list, reader := newList(platform), &legacy{ctx, all, map[string]image.Digest{}}
	count := 0
	for _, repository := range slices.Sorted(maps.Keys(repositories)) {
		for _, tag := range slices.Sorted(maps.Keys(repositories[repository])) {
			if count++; count > maxImages {
				return nil, fmt.Errorf("repositories names more than %d images", maxImages)
			}
			found, err := reader.image(repositories[repository][tag])
			if err == nil {
				err = list.add(found, []string{repository + ":" + tag})
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if count == 0 {
		return nil, errors.New("repositories names no image")
	}
	return list.images()
}

// legacyLayer is a layer's own configuration.
type legacyLayer struct {
	Parent    string `json:"parent"`
	Created   string `json:"created"`
	Author    string `json:"author"`
	Comment   string `json:"comment"`
	Container struct {
		Cmd []string
	} `json:"container_config"`
}

// legacy reads images whose layers have no digests yet. Images have layers in common.
type legacy struct {
	ctx     context.Context
	files   files
	diffIDs map[string]image.Digest // by the names of the layers
}

func (l *legacy) image(id string) (*Image, error) {
	top, history, found := []byte(nil), []manifest.History{}, &Image{}
	for at := id; at != ""; {
		if len(found.Layers) >= maxLegacyLayers {
			return nil, fmt.Errorf("%s has more than %d layers", id, maxLegacyLayers)
		}
		layer, content, err := readLegacyLayer(l.files, at)
		if err != nil {
			return nil, err
		}
		if top == nil {
			top = content
		}
		blob, name, err := layerOf(l.files, at+"/layer.tar")
		if err != nil {
			return nil, err
		}
		diffID, err := l.diffID(name)
		if err != nil {
			return nil, err
		}
		found.Layers = append(found.Layers, ingest.Layer{Blob: blob, DiffID: diffID, Name: name})
		history = append(history, manifest.History{Created: layer.Created, Author: layer.Author,
			Comment: layer.Comment, CreatedBy: strings.Join(layer.Container.Cmd, " ")})
		at = layer.Parent
	}
	slices.Reverse(found.Layers)
	slices.Reverse(history)
	return found, found.makeConfig(top, history)
}

func readLegacyLayer(all files, id string) (*legacyLayer, []byte, error) {
	if _, err := image.ParseDigest("sha256:" + id); err != nil {
		return nil, nil, fmt.Errorf("%q is no id of a layer", id)
	}
	content, err := readDocument(all, id+"/json")
	if err != nil {
		return nil, nil, err
	}
	layer := &legacyLayer{}
	if err := json.Unmarshal(content, layer); err != nil {
		return nil, nil, fmt.Errorf("%s/json: %w", id, err)
	}
	return layer, content, nil
}

// diffID is the digest of a layer's archive, which nobody has said.
func (l *legacy) diffID(name string) (_ image.Digest, err error) {
	if known := l.diffIDs[name]; known != "" {
		return known, nil
	}
	file, err := l.files.open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	plain, _, err := compression.NewReader(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(utils.UntilDone(l.ctx, plain), unpack.DefaultMaxBytes)); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	l.diffIDs[name] = image.NewDigest(hash.Sum(nil))
	return l.diffIDs[name], nil
}

// makeConfig makes the configuration out of that of the uppermost layer.
func (i *Image) makeConfig(top []byte, history []manifest.History) error {
	fields := map[string]any{}
	if err := json.Unmarshal(top, &fields); err != nil {
		return err
	}
	for _, old := range []string{"id", "parent", "parent_id", "layer_id", "Size", "throwaway"} {
		delete(fields, old)
	}
	diffIDs := []image.Digest{}
	for _, layer := range i.Layers {
		diffIDs = append(diffIDs, layer.DiffID)
	}
	fields["rootfs"] = map[string]any{"type": "layers", "diff_ids": diffIDs}
	fields["history"] = history
	content, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	config, err := manifest.ParseConfig(content)
	if err != nil {
		return err
	}
	i.Config, i.platform, i.key = content, config.Platform, manifest.DigestOf(content)
	return nil
}
