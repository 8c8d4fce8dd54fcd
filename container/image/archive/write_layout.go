package archive

import (
	"encoding/json"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// The documents as they are written; the order of the fields is the specification's.
type (
	writtenIndex struct {
		SchemaVersion int            `json:"schemaVersion"`
		MediaType     string         `json:"mediaType"`
		Manifests     []writtenEntry `json:"manifests"`
	}
	writtenEntry struct {
		image.Descriptor
		Annotations map[string]string `json:"annotations,omitempty"`
		Platform    *image.Platform   `json:"platform,omitempty"`
	}
	writtenDockerImage struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
)

// planLayout plans an OCI layout. For Docker there is a manifest.json beside it.
func planLayout(blobs Blobs, format Format, images []Saved) (*parts, error) {
	content := &parts{}
	index := writtenIndex{SchemaVersion: 2, MediaType: manifest.OCIIndex}
	var docker []writtenDockerImage
	for _, saved := range images {
		document, written, err := manifestOf(blobs, format, saved.Record)
		if err != nil {
			return nil, err
		}
		index.Manifests = append(index.Manifests, entries(saved, written)...)
		entry := writtenDockerImage{Config: blobName(saved.Config.Digest), RepoTags: tags(saved)}
		content.document(blobName(written.Digest), document)
		content.add(part{blobName(saved.Config.Digest), saved.Config.Size, copyBlob(blobs, saved.Config.Digest)})
		for _, layer := range saved.Layers {
			name := blobName(layer.Blob.Digest)
			content.add(part{name, layer.Blob.Size, copyBlob(blobs, layer.Blob.Digest)})
			entry.Layers = append(entry.Layers, name)
		}
		docker = append(docker, entry)
	}
	all := &parts{}
	all.document("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	if err := all.json("index.json", index); err != nil {
		return nil, err
	}
	if format == Docker {
		if err := all.json("manifest.json", docker); err != nil {
			return nil, err
		}
	}
	for _, part := range content.list {
		all.add(part)
	}
	return all, nil
}

func (p *parts) json(name string, value any) error {
	content, err := json.Marshal(value)
	p.document(name, content)
	return err
}

// entries are those of an image in index.json, one for each name. The annotation of
// containerd is the name for Docker; the specification's is what podman and skopeo take for it.
func entries(saved Saved, written image.Descriptor) []writtenEntry {
	platform := saved.Platform
	entry := writtenEntry{Descriptor: written, Platform: &platform}
	if len(saved.Names) == 0 {
		return []writtenEntry{entry}
	}
	var all []writtenEntry
	for _, name := range saved.Names {
		entry.Annotations = map[string]string{containerdName: name.String(), refName: name.String()}
		all = append(all, entry)
	}
	return all
}

func tags(saved Saved) []string {
	var all []string
	for _, name := range saved.Names {
		all = append(all, name.Familiar())
	}
	return all
}

// manifestOf is the manifest of an image as it is written. Programs that know OCI layouts alone
// do not know Docker's manifest, so they get the same in OCI's words.
func manifestOf(blobs Blobs, format Format, record *image.Record) ([]byte, image.Descriptor, error) {
	content, err := blobs.ReadBlob(record.Manifest.Digest)
	if err != nil || format == Docker || record.Manifest.MediaType != manifest.DockerManifest {
		return content, record.Manifest, err
	}
	return manifest.InOCIsWords(content)
}
