package image

import (
	"hash/fnv"
	"path/filepath"
	"strings"
)

// Layout is where a store's files are.
type Layout string

// LayoutIn is the layout of the store in a directory of mydocker's state.
func LayoutIn(state string) Layout { return Layout(filepath.Join(state, "images")) }

// The parts of a store, in its directory.
const (
	NamesDir   = "names"
	RecordsDir = "records"
	LayersDir  = "layers"
	BlobsDir   = "blobs/" + algorithm
	PartialDir = "partial"
	TrashDir   = "trash"
	MutexFile  = "mutex"
)

// Blob is the file of a blob, which may not be there.
func (l Layout) Blob(d Digest) string { return filepath.Join(string(l), BlobsDir, d.Hex()) }

// Name is the file of a name, a NameRecord.
func (l Layout) Name(r Reference) string { return filepath.Join(string(l), NamesDir, NameFile(r)) }

// Record is the file of an image, by the digest of its manifest.
func (l Layout) Record(manifest Digest) string {
	return filepath.Join(string(l), RecordsDir, manifest.Hex())
}

// Layers is the directory of all layers that are unpacked for a variant.
func (l Layout) Layers(v Variant) string { return filepath.Join(string(l), LayersDir, v.dir()) }

// Layer is the root of a layer, by its key (Layer.Key).
func (l Layout) Layer(key Digest, v Variant) string {
	return filepath.Join(l.Layers(v), LayerName(key))
}

// LayerDir is the directory that the root of a layer is in, with what the store knows of it.
// It belongs to the store's owner, whoever owns the root: so it can be moved as a whole.
func (l Layout) LayerDir(key Digest, v Variant) string { return filepath.Dir(l.Layer(key, v)) }

// layerDigits is how many digits of a digest name a layer. All lowers of an overlay have to
// fit in one page (mount(2)): 127 of them and what else is said take 28 bytes each. Who
// writes a layer makes sure that no other one begins with the same.
const layerDigits = 26

// LayerRoot is the root of a layer, in its directory.
const LayerRoot = "r"

// LayerName is the root of a layer, below the directory of its variant.
func LayerName(key Digest) string {
	digits := key.Hex()
	return digits[:min(layerDigits, len(digits))] + "/" + LayerRoot
}

// maxFile is how long the name of a file may be (NAME_MAX).
const maxFile = 255

// NameFile is the file of a name: the name itself, with "+" for each "/", which no name has.
// Of one that is too long for a file it is a hash, so who reads it looks at the name in it.
func NameFile(r Reference) string {
	name := strings.ReplaceAll(r.String(), "/", "+")
	if len(name) <= maxFile {
		return name
	}
	hash := fnv.New128a() // those of package crypto take their time at each start
	hash.Write([]byte(name))
	return longPrefix + hexOf(hash)
}

// longPrefix begins the file of a name that is too long, and no other.
const longPrefix = "+"
