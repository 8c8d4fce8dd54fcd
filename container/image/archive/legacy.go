package archive

import (
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
)

// maxLegacyLayers bounds how many layers are followed one after another.
const maxLegacyLayers = 500

// readLegacy reads what Docker wrote before 1.10: a directory for each layer with its own
// configuration, and a file with the names. What an image has of a configuration today is
// made of those.
func readLegacy(all files, platform *image.Platform) ([]*Image, error) {
	content, err := readDocument(all, "repositories")
	if err != nil {
		return nil, err
	}
	var repositories map[string]map[string]string
	if err := json.Unmarshal(content, &repositories); err != nil {
		return nil, fmt.Errorf("repositories: %w", err)
	}
	list := newList(platform)
	count := 0
	for _, repository := range slices.Sorted(maps.Keys(repositories)) {
		for _, tag := range slices.Sorted(maps.Keys(repositories[repository])) {
			if count++; count > maxImages {
				return nil, fmt.Errorf("repositories names more than %d images", maxImages)
			}
			found, err := readLegacyImage(all, repositories[repository][tag])
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

func readLegacyImage(all files, id string) (*Image, error) {
	top, history, found := []byte(nil), []manifest.History{}, &Image{}
	for at := id; at != ""; {
		if len(found.Layers) >= maxLegacyLayers {
			return nil, fmt.Errorf("%s has more than %d layers", id, maxLegacyLayers)
		}
		layer, content, err := readLegacyLayer(all, at)
		if err != nil {
			return nil, err
		}
		if top == nil {
			top = content
		}
		blob, name, err := layerOf(all, at+"/layer.tar")
		if err != nil {
			return nil, err
		}
		diffID, err := diffIDOf(all, name)
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

// diffIDOf is the digest of a layer's archive, which nobody has said.
func diffIDOf(all files, name string) (_ image.Digest, err error) {
	file, err := all.open(name)
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
	if _, err := io.Copy(hash, io.LimitReader(plain, unpack.DefaultMaxBytes)); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return image.NewDigest(hash.Sum(nil)), nil
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
