package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// The annotations that name an image in an index. The specification's may be a tag alone.
const (
	refName        = "org.opencontainers.image.ref.name"
	containerdName = "io.containerd.image.name"
)

const (
	// maxDepth bounds how deep indexes lie in each other: index.json, the index of an image,
	// and one more, as the specification allows it and few programs write it.
	maxDepth = 4
	// maxDocuments bounds how many documents are read to find the images.
	maxDocuments = 4 * maxImages
)

// layout is an OCI image layout.
type layout struct {
	files     files
	list      *list
	documents int
}

// readLayout reads the images that index.json names.
func readLayout(all files, platform *image.Platform) ([]*Image, error) {
	if err := checkLayout(all); err != nil {
		return nil, err
	}
	l := &layout{files: all, list: newList(platform)}
	content, err := readDocument(all, "index.json")
	if err != nil {
		return nil, err
	}
	document, err := manifest.Parse("", content)
	if err == nil && document.Index == nil {
		err = errors.New("it is the manifest of an image and no index")
	}
	if err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	if err := l.top(document.Index.Manifests); err != nil {
		return nil, err
	}
	images, err := l.list.images()
	if err == nil && has(all, "manifest.json") {
		err = l.compare(images)
	}
	return images, err
}

func checkLayout(all files) error {
	content, err := readDocument(all, "oci-layout")
	if err != nil {
		return err
	}
	var said struct {
		Version string `json:"imageLayoutVersion"`
	}
	if err := json.Unmarshal(content, &said); err != nil {
		return fmt.Errorf("oci-layout: %w", err)
	}
	if !strings.HasPrefix(said.Version, "1.") {
		return fmt.Errorf("oci-layout: imageLayoutVersion %q is not known, only 1.x is", said.Version)
	}
	return nil
}

// top takes the images of index.json. Where several with one name differ in their platforms,
// they are one image.
func (l *layout) top(entries []manifest.Entry) error {
	entries = slices.DeleteFunc(slices.Clone(entries), isAttestation)
	if len(entries) == 0 {
		return errors.New("index.json names no image")
	}
	if len(entries) > maxImages {
		return fmt.Errorf("index.json names %d images, and may name %d", len(entries), maxImages)
	}
	var order []string
	groups := map[string][]manifest.Entry{}
	for _, entry := range entries {
		name := nameOf(entry)
		if _, known := groups[name]; !known {
			order = append(order, name)
		}
		groups[name] = append(groups[name], entry)
	}
	for _, name := range order {
		for _, entry := range l.narrow(groups[name]) {
			if err := l.take(entry, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrow leaves the entry for the platform, where each says for which it is.
func (l *layout) narrow(entries []manifest.Entry) []manifest.Entry {
	var platforms []string
	for _, entry := range entries {
		if entry.Platform == nil || slices.Contains(platforms, entry.Platform.String()) {
			return entries
		}
		platforms = append(platforms, entry.Platform.String())
	}
	if chosen, err := (&manifest.Index{Manifests: entries}).Choose(l.list.want); err == nil && len(entries) > 1 {
		return []manifest.Entry{chosen}
	}
	return entries
}

// nameOf is the name that an entry gives, "" for none. A tag alone is none: nobody can tell
// of which repository.
func nameOf(entry manifest.Entry) string {
	if name := entry.Annotations[containerdName]; name != "" {
		return name
	}
	if name := entry.Annotations[refName]; strings.ContainsAny(name, ":/") {
		return name
	}
	return ""
}

// isAttestation tells what builders put beside an image: statements about it.
func isAttestation(entry manifest.Entry) bool {
	return entry.Platform != nil && entry.Platform.OS == "unknown"
}

func (l *layout) take(entry manifest.Entry, name string) error {
	document, content, err := l.document(entry.Descriptor)
	if err != nil {
		return err
	}
	var index image.Digest
	var indexContent []byte
	if document.Index != nil {
		index, indexContent = entry.Digest, content
		if document, content, err = l.choose(document.Index, 2); err != nil {
			return wrapName(name, err)
		}
	}
	found, err := l.image(document, content)
	if err != nil {
		return wrapName(name, err)
	}
	found.Index, found.IndexDocument = index, indexContent
	if name == "" {
		return l.list.add(found, nil)
	}
	return l.list.add(found, []string{name})
}

func wrapName(name string, err error) error {
	if name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// document reads an index or a manifest.
func (l *layout) document(descriptor image.Descriptor) (*manifest.Document, []byte, error) {
	content, err := l.blob(descriptor)
	if err != nil {
		return nil, nil, err
	}
	document, err := manifest.Parse(descriptor.MediaType, content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", blobName(descriptor.Digest), err)
	}
	return document, content, nil
}

// blob reads a blob that is a document, and verifies it.
func (l *layout) blob(descriptor image.Descriptor) ([]byte, error) {
	if l.documents++; l.documents > maxDocuments {
		return nil, fmt.Errorf("the layout has more than %d manifests and indexes", maxDocuments)
	}
	if _, err := image.ParseDigest(string(descriptor.Digest)); err != nil {
		return nil, err
	}
	name := blobName(descriptor.Digest)
	content, err := readDocument(l.files, name)
	if err != nil {
		return nil, err
	}
	if got := manifest.DigestOf(content); got != descriptor.Digest || int64(len(content)) != descriptor.Size {
		return nil, fmt.Errorf("%s: its content has the digest %s and %d bytes, not %d", name, got, len(content), descriptor.Size)
	}
	return content, nil
}

func blobName(digest image.Digest) string { return "blobs/sha256/" + digest.Hex() }

// choose chooses an image of an index, and of those in it.
func (l *layout) choose(index *manifest.Index, depth int) (*manifest.Document, []byte, error) {
	entries, err := l.flatten(index.Manifests, depth)
	if err != nil {
		return nil, nil, err
	}
	chosen, err := (&manifest.Index{Manifests: entries}).Choose(l.list.want)
	if err != nil {
		return nil, nil, err
	}
	return l.document(chosen.Descriptor)
}

// flatten lists the images of an index, and of those in it, with their platforms.
func (l *layout) flatten(entries []manifest.Entry, depth int) ([]manifest.Entry, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("indexes lie in each other more than %d deep", maxDepth)
	}
	var flat []manifest.Entry
	for _, entry := range entries {
		if entry.Platform != nil && entry.MediaType != manifest.OCIIndex && entry.MediaType != manifest.DockerIndex {
			flat = append(flat, entry)
			continue
		}
		document, content, err := l.document(entry.Descriptor)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // of another platform, which nobody has saved
		case err != nil:
			return nil, err
		case document.Index != nil:
			deeper, err := l.flatten(document.Index.Manifests, depth+1)
			if err != nil {
				return nil, err
			}
			flat = append(flat, deeper...)
			continue
		}
		found, err := l.image(document, content)
		if err != nil {
			return nil, err
		}
		entry.Platform = &found.platform
		flat = append(flat, entry)
	}
	return flat, nil
}

// image is the image of a manifest.
func (l *layout) image(document *manifest.Document, content []byte) (*Image, error) {
	if document.Index != nil {
		return nil, errors.New("an index says that another index is an image")
	}
	configuration, err := l.blob(document.Image.Config)
	if err != nil {
		return nil, err
	}
	config, err := manifest.ParseConfig(configuration)
	if err == nil {
		err = config.CheckLayers(len(document.Image.Layers))
	}
	if err != nil {
		return nil, err
	}
	found := &Image{platform: config.Platform, key: manifest.DigestOf(content)}
	found.Manifest, found.Config, found.MediaType = content, configuration, document.MediaType
	for i, blob := range document.Image.Layers {
		name := blobName(blob.Digest)
		file, err := l.files.open(name)
		if err != nil {
			return nil, err
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
		if file.size != blob.Size {
			return nil, fmt.Errorf("%s: it has %d bytes, and the manifest says %d", name, file.size, blob.Size)
		}
		found.Layers = append(found.Layers, ingest.Layer{Blob: blob, DiffID: config.RootFS.DiffIDs[i], Name: name})
	}
	return found, nil
}

// compare holds the images against manifest.json, which programs older than Docker 25 read. An
// archive that shows different images to different readers is refused (compare CVE-2021-41190).
// Names that stand there alone count as well.
func (l *layout) compare(images []*Image) error {
	entries, err := readManifestJSON(l.files)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		content, config, err := readDockerConfig(l.files, entry.Config)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(images, func(found *Image) bool { return manifest.DigestOf(found.Config) == manifest.DigestOf(content) })
		if i >= 0 {
			if err := l.list.add(images[i], entry.RepoTags); err != nil {
				return err
			}
			continue
		}
		if manifest.CheckPlatform(config.Platform, &l.list.want) == nil {
			return fmt.Errorf("manifest.json names an image that index.json does not (%s): nobody can tell which of both counts", manifest.DigestOf(content))
		}
	}
	_, err = l.list.images() // again, because of the names
	return err
}
