package unpack

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"

	"golang.org/x/sys/unix"
)

// file unpacks a regular file.
func (u *unpacker) file(name string, h *tar.Header) error {
	if h.Size > u.MaxBytes-u.size {
		return &LimitError{Limit: u.MaxBytes, What: "bytes"}
	}
	u.size += h.Size
	mode := modeOf(h)
	fd := -1
	err := u.create(name, func() (err error) {
		fd, err = openAt(u.at.fd(), name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, mode&0o777)
		return err
	})
	if errors.Is(err, unix.EBUSY) && u.Into != nil {
		return u.inPlace(name, h)
	}
	if err != nil {
		return named("create", err)
	}
	err = u.fill(fd, h, mode)
	if closed := unix.Close(fd); err == nil {
		err = named("close", closed)
	}
	return err
}

// fill gives a file all that it has. The order matters: a new owner takes set-user-ID and
// capabilities away, and so does what is written.
func (u *unpacker) fill(fd int, h *tar.Header, mode uint32) error {
	write := u.write
	if IsSparse(h) {
		write = u.writeSparse
	}
	if err := write(fd, h); err != nil {
		return err
	}
	if u.hasOwner(h) {
		had, err := u.own(h, func(uid, gid int) error { return unix.Fchown(fd, uid, gid) })
		if err != nil {
			return err
		}
		if !had { // a program that was to be another user's must not become root's
			mode &^= unix.S_ISUID | unix.S_ISGID
		}
	}
	if len(h.PAXRecords) > 0 {
		if err := u.setAttributesOf(fd, h.PAXRecords); err != nil {
			return err
		}
	}
	if u.needsChmod(mode) {
		if err := unix.Fchmod(fd, mode); err != nil {
			return named("chmod", err)
		}
	}
	return named("set the times", futimens(fd, timesOf(h)))
}

func (u *unpacker) write(fd int, h *tar.Header) error {
	for left := h.Size; left > 0; {
		if err := u.ctx.Err(); err != nil {
			return err
		}
		n, err := u.archive.Read(u.buffer)
		if written := writeAll(fd, u.buffer[:n]); written != nil {
			return named("write", written)
		}
		left -= int64(n)
		u.result.Bytes += int64(n)
		if errors.Is(err, io.EOF) && left > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return named("read the archive", err)
		}
	}
	return nil
}

// IsSparse tells the files whose content in the archive is not what they hold.
func IsSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

const (
	holeSize   = 256 << 10 // how much is asked of archive/tar at a time
	sparseUnit = 4 << 10   // what is all zeros and as long as this is a hole
)

// writeSparse writes a file with holes. archive/tar gives zeros for them, and reads nothing
// from the archive meanwhile.
func (u *unpacker) writeSparse(fd int, h *tar.Header) error {
	buffer := u.buffer[:holeSize]
	for offset := int64(0); offset < h.Size; {
		if err := u.ctx.Err(); err != nil {
			return err
		}
		before := u.source.n
		n, err := io.ReadFull(u.archive, buffer[:min(holeSize, h.Size-offset)])
		if err != nil {
			return named("read the archive", err)
		}
		if u.source.n != before {
			if err := u.writeData(fd, buffer[:n], offset); err != nil {
				return named("write", err)
			}
		}
		offset += int64(n)
	}
	return named("set the size", unix.Ftruncate(fd, h.Size))
}

// writeData writes the parts of data that are not all zeros.
func (u *unpacker) writeData(fd int, data []byte, offset int64) error {
	zeros := make([]byte, sparseUnit)
	for len(data) > 0 {
		part := data[:min(sparseUnit, len(data))]
		if !bytes.Equal(part, zeros[:len(part)]) {
			if err := writeAllAt(fd, part, offset); err != nil {
				return err
			}
			u.result.Bytes += int64(len(part))
		}
		data = data[len(part):]
		offset += int64(len(part))
	}
	return nil
}

func writeAll(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := unix.Write(fd, data)
		if err != nil && err != unix.EINTR {
			return err
		}
		data = data[max(n, 0):]
	}
	return nil
}

func writeAllAt(fd int, data []byte, offset int64) error {
	for len(data) > 0 {
		n, err := unix.Pwrite(fd, data, offset)
		if err != nil && err != unix.EINTR {
			return err
		}
		n = max(n, 0)
		data, offset = data[n:], offset+int64(n)
	}
	return nil
}
