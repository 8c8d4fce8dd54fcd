package logs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// source has the lines of one file.
type source struct {
	number int
	file   *os.File
	// unpacked is what a compressed file is read by, nil for a plain one.
	unpacked io.Reader
	// offset is where in a plain file the line at start begins.
	offset     int64
	buffer     []byte
	start, end int
	// doubted is where the last line ends that was read a second time.
	doubted int64
}

const sourceBuffer = 256 << 10

// openSource opens a file, compressed or not. The error is unix.ENOENT if it is there no more.
func (d directory) openSource(number int, buffer []byte) (*source, error) {
	s := &source{number: number, buffer: buffer}
	var err error
	if s.file, err = d.openFile(nameOf(number, suffixPlain), unix.O_RDONLY, 0); err != unix.ENOENT {
		return s, err
	}
	if s.file, err = d.openFile(nameOf(number, suffixCompressed), unix.O_RDONLY, 0); err != nil {
		return nil, err
	}
	unpacked, err := gzip.NewReader(s.file)
	if err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	s.unpacked = unpacked
	return s, nil
}

// line is the next one, without its newline, valid until the next call. At the end of the file it
// is io.EOF, also behind a line that has no newline yet: it is read again the next time.
func (s *source) line() ([]byte, error) {
	for searched := 0; ; {
		unread := s.buffer[s.start:s.end]
		if n := bytes.IndexByte(unread[searched:], '\n'); n >= 0 {
			n += searched
			s.start += n + 1
			s.offset += int64(n) + 1
			return unread[:n], nil
		}
		searched = len(unread)
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more.
func (s *source) fill() error {
	if s.start > 0 {
		s.end = copy(s.buffer, s.buffer[s.start:s.end])
		s.start = 0
	}
	if s.end == len(s.buffer) {
		s.buffer = append(s.buffer, make([]byte, max(len(s.buffer), sourceBuffer))...)
	}
	into := s.buffer[s.end:]
	if s.unpacked != nil {
		n, err := s.unpacked.Read(into)
		s.end += n
		if n > 0 {
			return nil
		}
		return err
	}
	n, err := s.file.ReadAt(into, s.offset+int64(s.end))
	s.end += n
	if n > 0 {
		return nil
	}
	if err == io.EOF {
		s.end = s.start
	}
	return err
}

// doubt has a line that is no record read once more: a writer whose disk is full takes the
// beginning of a record back, and a part of it may have been read before.
func (s *source) doubt(line []byte) {
	if s.unpacked == nil && s.offset > s.doubted {
		s.doubted = s.offset
		s.seek(s.offset - int64(len(line)) - 1)
	}
}

// seek goes to a place in a plain file.
func (s *source) seek(offset int64) { s.offset, s.start, s.end = offset, 0, 0 }

// skip goes over so many lines.
func (s *source) skip(lines int64) error {
	for range lines {
		if _, err := s.line(); err != nil {
			return err
		}
	}
	return nil
}

// size is that of the file, and whether it is still in its directory.
func (s *source) size() (size int64, isThere bool, err error) {
	var stat unix.Stat_t
	err = unix.Fstat(int(s.file.Fd()), &stat)
	return stat.Size, stat.Nlink > 0, err
}

func (s *source) close() error { return s.file.Close() }
