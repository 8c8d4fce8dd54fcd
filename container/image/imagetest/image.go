package imagetest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime"
	"time"
)

// Image is an image that is made.
type Image struct {
	// Names are those it has in an archive: example.com/name:tag.
	Names []string
	// OS, Architecture and Variant are what it is for; "" is this machine's.
	OS, Architecture, Variant string
	// Config is the object "config" of its configuration.
	Config map[string]any
	// Layers are tar archives, the lowest first.
	Layers [][]byte
	// Gzip says that its layers are compressed where the format allows it.
	Gzip bool
}

// Digest is the digest of content.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Document is the configuration.
func (i *Image) Document() ([]byte, error) {
	diffIDs := []string{}
	history := []map[string]any{}
	created := Time().Format(time.RFC3339)
	for _, layer := range i.Layers {
		diffIDs = append(diffIDs, Digest(layer))
		history = append(history, map[string]any{"created": created, "created_by": "imagetest"})
	}
	document := map[string]any{
		"created":      created,
		"os":           or(i.OS, runtime.GOOS),
		"architecture": or(i.Architecture, runtime.GOARCH),
		"config":       i.Config,
		"rootfs":       map[string]any{"type": "layers", "diff_ids": diffIDs},
		"history":      history,
	}
	if i.Variant != "" {
		document["variant"] = i.Variant
	}
	if i.Config == nil {
		document["config"] = map[string]any{}
	}
	return json.Marshal(document)
}

// DockerArchive is what is in a docker-archive of images, as docker save wrote it before
// Docker 25: a layer is at LAYER/layer.tar.
func DockerArchive(images ...*Image) ([]Entry, error) {
	var files []Entry
	there := map[string]bool{}
	put := func(name string, content []byte) {
		if !there[name] {
			files = append(files, File(name, string(content)))
		}
		there[name] = true
	}
	manifest := []map[string]any{}
	for _, image := range images {
		document, err := image.Document()
		if err != nil {
			return nil, err
		}
		layers := []string{}
		for _, layer := range image.Layers {
			name := Digest(layer)[len("sha256:"):] + "/layer.tar"
			put(name, layer)
			layers = append(layers, name)
		}
		config := Digest(document)[len("sha256:"):] + ".json"
		put(config, document)
		manifest = append(manifest, map[string]any{"Config": config, "RepoTags": image.Names, "Layers": layers})
	}
	content, err := json.Marshal(manifest)
	put("manifest.json", content)
	return files, err
}

const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar"
)

// OCILayout is what is in an OCI image layout of images. Those beside each other with the
// same names become one index, which has an image for each platform.
func OCILayout(images ...*Image) ([]Entry, error) {
	layout := layout{there: map[string]bool{}}
	layout.files = append(layout.files, File("oci-layout", `{"imageLayoutVersion":"1.0.0"}`))
	top := []map[string]any{}
	for len(images) > 0 {
		same := 1
		for same < len(images) && equal(images[same].Names, images[0].Names) {
			same++
		}
		descriptors := []map[string]any{}
		for _, image := range images[:same] {
			descriptor, err := layout.image(image)
			if err != nil {
				return nil, err
			}
			descriptors = append(descriptors, descriptor)
		}
		descriptor := descriptors[0]
		if same > 1 {
			var err error
			if descriptor, err = layout.document(typeIndex, index(descriptors)); err != nil {
				return nil, err
			}
		}
		top = append(top, named(descriptor, images[0].Names)...)
		images = images[same:]
	}
	content, err := json.Marshal(index(top))
	return append(layout.files, File("index.json", string(content))), err
}

// layout is an OCI image layout that is being made.
type layout struct {
	files []Entry
	there map[string]bool
}

func index(manifests []map[string]any) map[string]any {
	return map[string]any{"schemaVersion": 2, "mediaType": typeIndex, "manifests": manifests}
}

// named are descriptors of the same for all names.
func named(descriptor map[string]any, names []string) []map[string]any {
	if len(names) == 0 {
		return []map[string]any{descriptor}
	}
	var all []map[string]any
	for _, name := range names {
		one := map[string]any{"annotations": map[string]any{"org.opencontainers.image.ref.name": name}}
		for key, value := range descriptor {
			one[key] = value
		}
		all = append(all, one)
	}
	return all
}

func (l *layout) image(image *Image) (map[string]any, error) {
	document, err := image.Document()
	if err != nil {
		return nil, err
	}
	layers := []map[string]any{}
	for _, layer := range image.Layers {
		mediaType := typeLayer
		if image.Gzip {
			mediaType += "+gzip"
			if layer, err = compress(layer); err != nil {
				return nil, err
			}
		}
		layers = append(layers, l.blob(mediaType, layer))
	}
	descriptor, err := l.document(typeManifest, map[string]any{
		"schemaVersion": 2, "mediaType": typeManifest, "config": l.blob(typeConfig, document), "layers": layers,
	})
	if err != nil {
		return nil, err
	}
	platform := map[string]any{"os": or(image.OS, runtime.GOOS), "architecture": or(image.Architecture, runtime.GOARCH)}
	if image.Variant != "" {
		platform["variant"] = image.Variant
	}
	descriptor["platform"] = platform
	return descriptor, nil
}

func (l *layout) document(mediaType string, value any) (map[string]any, error) {
	content, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return l.blob(mediaType, content), nil
}

func (l *layout) blob(mediaType string, content []byte) map[string]any {
	digest := Digest(content)
	if !l.there[digest] {
		l.files = append(l.files, File("blobs/sha256/"+digest[len("sha256:"):], string(content)))
	}
	l.there[digest] = true
	return map[string]any{"mediaType": mediaType, "digest": digest, "size": len(content)}
}

func compress(content []byte) ([]byte, error) {
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	if _, err := writer.Write(content); err != nil {
		return nil, err
	}
	err := writer.Close()
	return compressed.Bytes(), err
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func equal(one, other []string) bool {
	if len(one) == 0 || len(one) != len(other) {
		return false
	}
	for i := range one {
		if one[i] != other[i] {
			return false
		}
	}
	return true
}
