package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// maxImages bounds how many images an archive may have.
const maxImages = 1000

// dockerImage is an entry of a docker-archive's manifest.json.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// readDockerArchive reads the images that manifest.json names.
func readDockerArchive(all files, platform *image.Platform) ([]*Image, error) {
	entries, err := readManifestJSON(all)
	if err != nil {
		return nil, err
	}
	list := newList(platform)
	for _, entry := range entries {
		found, err := readDockerImage(all, &entry)
		if err == nil {
			err = list.add(found, entry.RepoTags)
		}
		if err != nil {
			return nil, err
		}
	}
	return list.images()
}

func readManifestJSON(all files) ([]dockerImage, error) {
	content, err := readDocument(all, "manifest.json")
	if err != nil {
		return nil, err
	}
	if text := bytes.TrimSpace(content); len(text) > 0 && text[0] == '{' {
		return nil, errors.New("manifest.json is the manifest of one image, as in skopeo's dir: format; skopeo copy makes an archive of it (docker-archive:FILE)")
	}
	var entries []dockerImage
	if err := json.Unmarshal(content, &entries); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	switch {
	case len(entries) == 0:
		return nil, errors.New("manifest.json names no image")
	case len(entries) > maxImages:
		return nil, fmt.Errorf("manifest.json names %d images, and may name %d", len(entries), maxImages)
	}
	return entries, nil
}

func readDockerImage(all files, entry *dockerImage) (*Image, error) {
	content, config, err := readDockerConfig(all, entry.Config)
	if err != nil {
		return nil, err
	}
	if err := config.CheckLayers(len(entry.Layers)); err != nil {
		return nil, fmt.Errorf("%s: %w", entry.Config, err)
	}
	found := &Image{platform: config.Platform, key: manifest.DigestOf(content)}
	found.Config = content
	for i, layer := range entry.Layers {
		blob, name, err := layerOf(all, layer)
		if err != nil {
			return nil, err
		}
		found.Layers = append(found.Layers, ingest.Layer{Blob: blob, DiffID: config.RootFS.DiffIDs[i], Name: name})
	}
	return found, nil
}

// readDockerConfig reads a configuration. Where its name is a digest, that has to be its own.
func readDockerConfig(all files, name string) ([]byte, *manifest.Config, error) {
	name, err := cleanName(name)
	if err != nil {
		return nil, nil, fmt.Errorf("manifest.json: Config: %w", err)
	}
	content, err := readDocument(all, name)
	if err != nil {
		return nil, nil, fmt.Errorf("manifest.json: Config: %w", err)
	}
	stem := strings.TrimSuffix(path.Base(name), ".json")
	if want, err := image.ParseDigest("sha256:" + stem); err == nil && want != manifest.DigestOf(content) {
		return nil, nil, fmt.Errorf("%s: its content has the digest %s", name, manifest.DigestOf(content))
	}
	config, err := manifest.ParseConfig(content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return content, config, nil
}

// layerOf finds a layer's file.
func layerOf(all files, name string) (image.Descriptor, string, error) {
	name, err := cleanName(name)
	if err != nil {
		return image.Descriptor{}, "", fmt.Errorf("manifest.json: Layers: %w", err)
	}
	file, err := all.open(name)
	if err != nil {
		return image.Descriptor{}, "", fmt.Errorf("manifest.json: Layers: %w", err)
	}
	return image.Descriptor{Digest: file.digest, Size: file.size}, name, file.Close()
}
