// Package imagetest makes images for tests, by hand: with archive/tar, encoding/json and
// SHA-256 of the standard library, and with nothing of ours that reads or writes images. So
// it can judge that. Only tests link it.
package imagetest

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Time is the time of all that is made.
func Time() time.Time { return time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC) }

// Entry is an entry of a tar archive.
type Entry struct {
	tar.Header
	Content string
}

// File is an entry for a file.
func File(name, content string) Entry {
	return Entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, content}
}

// Dir is an entry for a directory.
func Dir(name string) Entry {
	return Entry{tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimSuffix(name, "/") + "/", Mode: 0o755}, ""}
}

// Link is an entry for a symbolic link.
func Link(name, target string) Entry {
	return Entry{tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, ""}
}

// Tar makes an archive of entries, in that order. An entry whose Typeflag is a file's gets
// the size of its content, and one without a time gets Time.
func Tar(entries ...Entry) ([]byte, error) {
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	for _, entry := range entries {
		header := entry.Header
		if header.Typeflag == tar.TypeReg {
			header.Size = int64(len(entry.Content))
		}
		if header.ModTime.IsZero() {
			header.ModTime = Time()
		}
		if err := writer.WriteHeader(&header); err != nil {
			return nil, err
		}
		if _, err := writer.Write([]byte(entry.Content)); err != nil {
			return nil, err
		}
	}
	err := writer.Close()
	return archive.Bytes(), err
}

// Directory lists what is below a directory as the entries of a layer. All belongs to root.
func Directory(root string) ([]Entry, error) {
	var entries []Entry
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		entry, err := directoryEntry(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if entry.Name = name; entry.Typeflag == tar.TypeDir {
			entry.Name += "/"
		}
		entries = append(entries, entry)
		return err
	})
	return entries, err
}

func directoryEntry(path string) (Entry, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Entry{}, err
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(path); err != nil {
			return Entry{}, err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return Entry{}, err
	}
	header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
	header.ModTime = Time()
	entry := Entry{Header: *header}
	if info.Mode().IsRegular() {
		content, err := os.ReadFile(path)
		entry.Content = string(content)
		return entry, err
	}
	return entry, nil
}
