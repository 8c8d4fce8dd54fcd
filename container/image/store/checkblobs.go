package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// blobs reads all blobs, as many at a time as there are CPUs. What is wrong with one is told
// with the images that need it.
func (c *checker) blobs() error {
	names, err := c.store.list(image.BlobsDir)
	if err != nil {
		return err
	}
	c.damaged, c.sizes = map[string]error{}, map[string]int64{}
	var mutex sync.Mutex
	var workers sync.WaitGroup
	work := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for name := range work {
				size, err := c.blob(name)
				mutex.Lock()
				if err == nil {
					c.sizes[name] = size
				} else if !errors.Is(err, fs.ErrNotExist) {
					c.damaged[name] = err
				}
				mutex.Unlock()
			}
		})
	}
	for _, name := range names {
		if c.ctx.Err() != nil {
			break
		}
		work <- name
	}
	close(work)
	workers.Wait()
	return c.ctx.Err()
}

// blob reads a blob. One that is locked for somebody alone is just being verified.
func (c *checker) blob(name string) (size int64, err error) {
	digest, err := image.ParseDigest("sha256:" + name)
	if err != nil {
		return 0, err
	}
	file, err := c.store.OpenBlob(digest)
	if err != nil {
		return 0, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, errors.New("it is not a regular file")
	}
	got, err := digestOfFile(file)
	if err == nil && got != digest {
		err = fmt.Errorf("its content has the digest %s", got)
	}
	return info.Size(), err
}

// damagedGarbage removes damaged blobs that no image needs.
func (c *checker) damagedGarbage() {
	needed := map[string]bool{}
	for _, record := range c.records {
		for _, blob := range blobsOf(record) {
			needed[blob.Digest.Hex()] = true
		}
	}
	for name, err := range c.damaged {
		if needed[name] {
			continue
		}
		path := c.store.path(image.BlobsDir, name)
		c.add(Problem{What: path, Text: err.Error()}, func() (string, error) {
			return "removed, no image needs it", c.removeBlob(path)
		})
	}
}

// removeBlob takes a blob out of the store, unless an operation that goes on has it.
func (c *checker) removeBlob(path string) error {
	return c.store.decide(func() error {
		file, err := openFile(path, unix.O_RDONLY)
		if err != nil {
			return utils.Ignore(err, fs.ErrNotExist)
		}
		got, err := tryLock(file, unix.LOCK_EX)
		if err == nil && !got {
			err = errors.New("it is in use")
		}
		if err == nil {
			err = c.store.toTrash(path)
		}
		return errors.Join(err, release(file))
	})
}

// mark marks a blob that was found to be right, after it was synced.
func (c *checker) mark(path string) error {
	file, err := openFile(path, unix.O_RDONLY)
	if err != nil {
		return utils.Ignore(err, fs.ErrNotExist)
	}
	if err = file.Sync(); err == nil {
		err = markOnDisk(file)
	}
	return errors.Join(err, file.Close())
}

// isMarked reports whether a file of the store is marked as being on the disk.
func isMarked(path string) bool {
	info, err := os.Lstat(path)
	return err != nil || isOnDisk(info)
}
