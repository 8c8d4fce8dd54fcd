package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/compression"
)

// planDockerArchive plans a docker-archive of layers that are not compressed. What a layer
// then has in bytes nobody knows before it was decompressed, and an archive says it first; so
// it is decompressed twice.
func planDockerArchive(ctx context.Context, blobs Blobs, images []Saved) (*parts, error) {
	content := &parts{}
	var docker []writtenDockerImage
	for _, saved := range images {
		config := saved.Config.Digest
		entry := writtenDockerImage{Config: config.Hex() + ".json", RepoTags: tags(saved)}
		content.add(part{entry.Config, saved.Config.Size, copyBlob(blobs, config)})
		for _, layer := range saved.Layers {
			name := layer.DiffID.Hex() + "/layer.tar"
			entry.Layers = append(entry.Layers, name)
			if content.known[name] {
				continue
			}
			size, err := plainSize(ctx, blobs, layer)
			if err != nil {
				return nil, err
			}
			content.add(part{name, size, func(ctx context.Context, w io.Writer) error {
				return decompress(ctx, blobs, layer, w)
			}})
		}
		docker = append(docker, entry)
	}
	all := &parts{}
	if err := all.json("manifest.json", docker); err != nil {
		return nil, err
	}
	for _, part := range content.list {
		all.add(part)
	}
	return all, nil
}

// plainSize is how many bytes a layer's archive has.
func plainSize(ctx context.Context, blobs Blobs, layer image.Layer) (int64, error) {
	if layer.Blob.Digest == layer.DiffID {
		return layer.Blob.Size, nil
	}
	counted := new(counter)
	err := decompress(ctx, blobs, layer, counted)
	return int64(*counted), err
}

type counter int64

func (c *counter) Write(content []byte) (int, error) {
	*c += counter(len(content))
	return len(content), nil
}

// decompress writes a layer's archive.
func decompress(ctx context.Context, blobs Blobs, layer image.Layer, w io.Writer) (err error) {
	file, err := blobs.OpenBlob(layer.Blob.Digest)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	plain, _, err := compression.NewReader(file)
	if err != nil {
		return fmt.Errorf("blob %s: %w", layer.Blob.Digest.Short(), err)
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	return copyVerified(ctx, w, plain, "layer "+layer.DiffID.Short(), layer.DiffID)
}
