package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// MaxDocument is how large a manifest, an index or a configuration may be, in bytes.
const MaxDocument = 4 << 20

// OpenBlob opens a blob. What is read of it is not verified.
func (s *Store) OpenBlob(digest image.Digest) (*os.File, error) {
	if _, err := image.ParseDigest(string(digest)); err != nil {
		return nil, err
	}
	return openFile(s.layout.Blob(digest), unix.O_RDONLY)
}

// ReadBlob reads a blob of at most MaxDocument bytes, and verifies it.
func (s *Store) ReadBlob(digest image.Digest) ([]byte, error) {
	file, err := s.OpenBlob(digest)
	if err != nil {
		return nil, err
	}
	content, err := readAll(file, MaxDocument)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if got := manifest.DigestOf(content); got != digest {
		return nil, &DigestError{What: "blob " + digest.Short() + " of the store", Want: digest, Got: got}
	}
	return content, nil
}

// digestOfFile reads all of a file.
func digestOfFile(file *os.File) (image.Digest, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(file, 0, 1<<62)); err != nil {
		return "", fmt.Errorf("read %s: %w", file.Name(), err)
	}
	return image.NewDigest(hash.Sum(nil)), nil
}
