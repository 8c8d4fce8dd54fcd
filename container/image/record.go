// Package image knows images as a run needs them: names, records, and where in the store
// what lies. It only reads, and it is linked into the program that starts containers, so it
// links next to nothing. What writes to the store is package store.
//
// The store, STATE/images, holds:
//
//	oci-layout, index.json   what makes it an OCI image layout, for other programs; index.json
//	                         is derived from names/
//	blobs/sha256/HEX         content: manifests, configurations, layers as they came
//	names/NAME               which image a name has: a NameRecord; see NameFile
//	records/HEX              an image, by the digest of its manifest: a Record. Who uses the
//	                         image has this file locked with flock(2), shared; so it is never
//	                         replaced, and who removes it holds the lock alone
//	layers/host/LAYER/       a layer, unpacked, for the host's own ids and for a user namespace,
//	layers/user-V/LAYER/     see Variant. The directory above belongs to root of that, and is
//	                         closed to others (mode 0700), for a layer may have set-user-ID files
//	  r                      its root, ready to be a lower of overlayfs
//	  layer.json             what the store knows of it
//	mutex                    locked while something is decided, never while data moves
//	partial/                 blobs and layers that are not complete yet; who writes one has it
//	                         locked
//	trash/ID                 on its way out
//
// A blob or a layer.json that its owner may not write to (mode 0400) is known to be on the
// disk. Any other is of an operation that goes on, and has it locked, or of one that was
// interrupted.
package image

// Record is an image as a run needs it. A store writes it last: where there is a record,
// all of its blobs and layers are there.
type Record struct {
	Version int `json:"version"`
	// Manifest and Config are blobs.
	Manifest Descriptor `json:"manifest"`
	Config   Descriptor `json:"config"`
	// OCI is the same manifest in OCI's words, where Manifest is in Docker's: index.json names
	// it, for programs that know OCI image layouts alone. The store adds it.
	OCI *Descriptor `json:"oci,omitempty"`
	// Index is the digest of the index that the image was chosen from, "" for none.
	Index Digest `json:"index,omitempty"`
	// Layers are from the lowest up.
	Layers []Layer `json:"layers"`
	// Platform is what it was made for.
	Platform Platform `json:"platform"`
	// Created is when its maker says that it was made, in RFC 3339; "" is not said.
	Created string `json:"created,omitempty"`
	// Size is what all of its layers take unpacked, in bytes.
	Size int64 `json:"size"`
	// Run is what the configuration says of a run.
	Run RunConfig `json:"run"`
}

// ID is the image's id as Docker has it: the digest of its configuration.
func (r *Record) ID() Digest { return r.Config.Digest }

// Layer is one of an image's layers.
type Layer struct {
	// DiffID is the digest of the tar archive, Blob that archive as it is stored.
	DiffID Digest     `json:"diff_id"`
	Blob   Descriptor `json:"blob"`
	// Chain is the digest of the layer and all below it (image-spec, config.md, ChainID) where
	// what it unpacks to depends on those: it has a hard link to a file of theirs, or is silent
	// about a directory of theirs that its files are in. Otherwise it is "".
	Chain Digest `json:"chain,omitempty"`
	// Size is what it takes unpacked, in bytes.
	Size int64 `json:"size"`
}

// Key is the digest that the layer's directory is named by. Images share a layer that has no
// Chain, whatever lies below.
func (l *Layer) Key() Digest {
	if l.Chain != "" {
		return l.Chain
	}
	return l.DiffID
}

// Descriptor names a blob (image-spec, descriptor.md).
type Descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    Digest `json:"digest"`
	Size      int64  `json:"size"`
}

// RunConfig is what a configuration says of a run (image-spec, config.md). The names in JSON
// are the specification's.
type RunConfig struct {
	User         string              `json:"User,omitempty"`
	Env          []string            `json:"Env,omitempty"`
	Entrypoint   []string            `json:"Entrypoint,omitempty"`
	Cmd          []string            `json:"Cmd,omitempty"`
	WorkingDir   string              `json:"WorkingDir,omitempty"`
	Volumes      map[string]struct{} `json:"Volumes,omitempty"`
	ExposedPorts map[string]struct{} `json:"ExposedPorts,omitempty"`
	StopSignal   string              `json:"StopSignal,omitempty"`
	Labels       map[string]string   `json:"Labels,omitempty"`
	Healthcheck  *Healthcheck        `json:"Healthcheck,omitempty"`
	Shell        []string            `json:"Shell,omitempty"`
	OnBuild      []string            `json:"OnBuild,omitempty"`
	ArgsEscaped  bool                `json:"ArgsEscaped,omitempty"`
}

// The first word of a check says what it is: none, a line for the shell, or the words of a command.
const (
	HealthNone  = "NONE"
	HealthShell = "CMD-SHELL"
	HealthWords = "CMD"
)

// Healthcheck is Docker's extension. Times are in nanoseconds.
type Healthcheck struct {
	Test          []string `json:"Test,omitempty"`
	Interval      int64    `json:"Interval,omitempty"`
	Timeout       int64    `json:"Timeout,omitempty"`
	StartPeriod   int64    `json:"StartPeriod,omitempty"`
	StartInterval int64    `json:"StartInterval,omitempty"`
	Retries       int      `json:"Retries,omitempty"`
}

// RecordVersion is the one that is written, and read.
const RecordVersion = 1

// NameRecord is what a name means.
type NameRecord struct {
	Version int `json:"version"`
	// Name is the reference, whole: docker.io/library/alpine:latest.
	Name string `json:"name"`
	// Manifest is the image's.
	Manifest Digest `json:"manifest"`
}
