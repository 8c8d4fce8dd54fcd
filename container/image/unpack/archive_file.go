package unpack

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// file writes a file that has content.
func (a *archiver) file(h *tar.Header, fd int, stat *unix.Stat_t) error {
	if stat.Blocks*block < stat.Size { // it may have holes
		parts, err := dataOf(fd, stat.Size)
		if err != nil {
			return named("look for holes", err)
		}
		if len(parts) != 1 || parts[0].length() != stat.Size {
			return a.sparse(h, fd, parts)
		}
	}
	if err := a.tar.WriteHeader(h); err != nil {
		return named("write", err)
	}
	return a.data(a.tar, fd, extent{0, stat.Size})
}

// extent is a part of a file that is no hole.
type extent struct{ begin, end int64 }

func (e extent) length() int64 { return e.end - e.begin }

func dataOf(fd int, size int64) (parts []extent, err error) {
	for offset := int64(0); offset < size; {
		begin, end, err := nextData(fd, offset, size)
		if err != nil {
			return nil, err
		}
		if begin < end {
			parts = append(parts, extent{begin, end})
		}
		offset = end
	}
	return parts, nil
}

// data copies a part of a file. One that has become shorter is an error.
func (a *archiver) data(w io.Writer, fd int, part extent) error {
	for offset := part.begin; offset < part.end; {
		if err := a.ctx.Err(); err != nil {
			return err
		}
		n, err := unix.Pread(fd, a.buffer[:min(int64(len(a.buffer)), part.end-offset)], offset)
		if err == unix.EINTR {
			continue
		}
		if err == nil && n == 0 {
			return a.shorter(w, part.end-offset)
		}
		if err != nil {
			return named("read", err)
		}
		if _, err := w.Write(a.buffer[:n]); err != nil {
			return named("write", err)
		}
		offset += int64(n)
		a.archived.Bytes += int64(n)
	}
	return nil
}

const block = 512

// sparse writes a file with holes in GNU's format 1.0 (tar(1), "Sparse Formats"), which
// archive/tar reads but does not write: extended records say what the file is, and what a
// program that does not know them sees as its content begins with a map of the parts.
func (a *archiver) sparse(h *tar.Header, fd int, parts []extent) error {
	if len(parts) == 0 || parts[len(parts)-1].end < h.Size {
		parts = append(parts, extent{h.Size, h.Size})
	}
	var list bytes.Buffer
	fmt.Fprintf(&list, "%d\n", len(parts))
	size := int64(0)
	for _, part := range parts {
		fmt.Fprintf(&list, "%d\n%d\n", part.begin, part.length())
		size += part.length()
	}
	pad(&list)
	size += int64(list.Len())
	if err := a.tar.Flush(); err != nil {
		return named("write", err)
	}
	if _, err := a.out.Write(sparseHeader(h, size)); err != nil {
		return named("write", err)
	}
	if _, err := list.WriteTo(a.out); err != nil {
		return named("write", err)
	}
	for _, part := range parts {
		if err := a.data(a.out, fd, part); err != nil {
			return err
		}
	}
	if rest := size % block; rest > 0 {
		if _, err := a.out.Write(make([]byte, block-rest)); err != nil {
			return named("write", err)
		}
	}
	return nil
}

// sparseHeader is the header with its extended records.
func sparseHeader(h *tar.Header, size int64) []byte {
	records := map[string]string{
		"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": h.Name, "GNU.sparse.realsize": strconv.FormatInt(h.Size, 10),
		"size": strconv.FormatInt(size, 10), "uid": strconv.Itoa(h.Uid), "gid": strconv.Itoa(h.Gid), "mtime": paxTime(h.ModTime),
	}
	for key, value := range h.PAXRecords {
		records[key] = value
	}
	var body bytes.Buffer
	for _, key := range sortedKeys(records) {
		body.WriteString(paxRecord(key, records[key]))
	}
	var out bytes.Buffer
	out.Write(ustar("PaxHeaders/sparse", tar.TypeXHeader, 0o644, int64(body.Len())))
	pad(&body)
	out.Write(body.Bytes())
	out.Write(ustar("GNUSparseFile/file", tar.TypeReg, h.Mode, size))
	return out.Bytes()
}

// paxRecord is a record: its length, itself included, and what it says.
func paxRecord(key, value string) string {
	rest := " " + key + "=" + value + "\n"
	length := len(rest)
	for len(strconv.Itoa(length))+len(rest) != length {
		length = len(strconv.Itoa(length)) + len(rest)
	}
	return strconv.Itoa(length) + rest
}

// ustar is a header of POSIX's first format. What does not fit is in the extended records.
func ustar(name string, kind byte, mode, size int64) []byte {
	const maxSize = 1<<33 - 1
	header := make([]byte, block)
	copy(header, name)
	copy(header[100:], fmt.Sprintf("%07o\x00%07o\x00%07o\x00%011o\x00%011o\x00", mode, 0, 0, min(size, maxSize), 0))
	header[156] = kind
	copy(header[257:], "ustar\x0000")
	copy(header[148:], "        ")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	return header
}

func pad(b *bytes.Buffer) {
	if rest := b.Len() % block; rest > 0 {
		b.WriteString(strings.Repeat("\x00", block-rest))
	}
}
