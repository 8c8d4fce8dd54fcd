package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/utils"
)

// Commit syncs what was written, and makes the image be in the store, with these names,
// which other images lose.
func (l *Lease) Commit(record *image.Record, names ...image.Reference) error {
	if err := l.commit(record, names); err != nil {
		return fmt.Errorf("store the image %s: %w", record.Config.Digest.Short(), Explained(err))
	}
	return nil
}

func (l *Lease) commit(record *image.Record, names []image.Reference) error {
	if err := record.Validate(); err != nil {
		return err
	}
	if err := l.addOCI(record); err != nil {
		return err
	}
	if err := l.holdAll(record); err != nil {
		return err
	}
	if err := l.sync(); err != nil {
		return err
	}
	return l.store.decide(func() error {
		c := &change{manifest: record.Manifest.Digest, names: names}
		lock, replaces, err := l.store.lockOld(record)
		if err != nil {
			return err
		}
		if replaces {
			c.record = record
		}
		err = l.store.apply(c)
		if lock != nil {
			err = errors.Join(err, release(lock))
		}
		return err
	})
}

// lockOld looks whether a record has to be written: there is none, it is damaged, or the image
// has come from another index. Who uses an image has the file locked, so it stays then; if it
// is replaced, it is locked for the caller alone until that is done.
func (s *Store) lockOld(record *image.Record) (lock *os.File, replaces bool, err error) {
	lock, err = openFile(s.layout.Record(record.Manifest.Digest), unix.O_RDONLY)
	if err != nil {
		return nil, true, utils.Ignore(err, fs.ErrNotExist)
	}
	old, damaged := s.layout.ReadRecord(record.Manifest.Digest)
	if damaged == nil && (record.Index == "" || record.Index == old.Index) {
		return nil, false, lock.Close()
	}
	got, err := tryLock(lock, unix.LOCK_EX)
	if err == nil && !got && damaged != nil {
		err = &InUseError{record.Manifest.Digest, "a container or command that runs"}
	}
	if err != nil || !got {
		return nil, false, errors.Join(err, lock.Close())
	}
	return lock, true, nil
}

// addOCI stores the manifest in OCI's words, where it is in Docker's.
func (l *Lease) addOCI(record *image.Record) error {
	if record.Manifest.MediaType != manifest.DockerManifest {
		return nil
	}
	content, err := l.store.ReadBlob(record.Manifest.Digest)
	if err != nil {
		return err
	}
	content, oci, err := manifest.InOCIsWords(content)
	if err != nil {
		return err
	}
	record.OCI = &oci
	_, err = l.PutDocument(content)
	return err
}

// holdAll makes sure that all is there which the image needs, and stays.
func (l *Lease) holdAll(record *image.Record) error {
	for _, blob := range blobsOf(record) {
		has, err := l.HasBlob(context.Background(), blob)
		if err != nil {
			return err
		}
		if !has {
			return fmt.Errorf("its blob %s is missing", blob.Digest)
		}
	}
	for n := range record.Layers {
		if err := l.holdAnyVariant(record.Layers[n].Key()); err != nil {
			return err
		}
	}
	return nil
}

// blobsOf are all blobs of an image.
func blobsOf(record *image.Record) []image.Descriptor {
	blobs := []image.Descriptor{record.Manifest, record.Config}
	if record.OCI != nil {
		blobs = append(blobs, *record.OCI)
	}
	for n := range record.Layers {
		blobs = append(blobs, record.Layers[n].Blob)
	}
	if record.Index != "" {
		blobs = append(blobs, image.Descriptor{Digest: record.Index})
	}
	return blobs
}

// holdAnyVariant makes sure that a layer is unpacked for somebody.
func (l *Lease) holdAnyVariant(key image.Digest) error {
	variants, err := l.store.variants()
	if err != nil {
		return err
	}
	for _, variant := range variants {
		if l.holds(l.store.layout.LayerDir(key, variant)) {
			return nil
		}
		var has bool
		err := l.store.decide(func() (err error) {
			has, _, err = l.holdLayer(key, variant)
			return err
		})
		if has || err != nil {
			return err
		}
	}
	return fmt.Errorf("its layer %s is not unpacked", key)
}

// variants are those that layers are unpacked for.
func (s *Store) variants() ([]image.Variant, error) {
	names, err := s.list(image.LayersDir)
	var variants []image.Variant
	for _, name := range names {
		if variant, is := image.ParseVariantDir(name); is {
			variants = append(variants, variant)
		}
	}
	return variants, err
}

// sync has all be on the disk that the lease holds, and marks it so.
func (l *Lease) sync() error {
	unmarked, err := l.unmarked()
	defer closeAll(unmarked)
	if err != nil || len(unmarked) == 0 {
		return err
	}
	if err := l.store.syncAll(); err != nil {
		return err
	}
	return markOnDisk(unmarked...)
}

// unmarked opens what is not known to be on the disk.
func (l *Lease) unmarked() (files []*os.File, err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for path, held := range l.held {
		info, err := held.Stat()
		if err == nil && info.IsDir() {
			path += "/" + layerFile
		}
		if err != nil {
			return files, err
		}
		file, err := openFile(path, unix.O_RDONLY)
		if err != nil {
			return files, err
		}
		if info, err = file.Stat(); err == nil && !isOnDisk(info) {
			files = append(files, file)
			continue
		}
		if err = errors.Join(err, file.Close()); err != nil {
			return files, err
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		file.Close() //nolint:errcheck // they were only read
	}
}
