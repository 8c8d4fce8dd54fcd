package logs

import (
	"bytes"
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// place is where a reader begins: in the file of that number, in a plain one behind offset bytes,
// in a compressed one behind so many lines.
type place struct {
	number int
	offset int64
	lines  int64
}

// tail is where the last lines of the files begin. It reads no more than it has to.
func (d directory) tail(numbers []int, lines int64) (place, error) {
	first := place{}
	for i := len(numbers) - 1; i >= 0; i-- {
		s, err := d.openSource(numbers[i], nil)
		if err == unix.ENOENT {
			continue
		}
		if err != nil {
			return place{}, err
		}
		var found int64
		first = place{number: numbers[i]}
		if s.unpacked != nil {
			found, err = countLines(s.unpacked)
			first.lines = max(0, found-lines)
		} else {
			first.offset, found, err = s.tail(lines)
		}
		if err = errors.Join(err, s.close()); err != nil {
			return place{}, err
		}
		if lines -= found; lines <= 0 {
			break
		}
	}
	return first, nil
}

func countLines(from io.Reader) (lines int64, err error) {
	block := make([]byte, sourceBuffer)
	for err == nil {
		var n int
		n, err = from.Read(block)
		lines += int64(bytes.Count(block[:n], []byte{'\n'}))
	}
	if err == io.EOF {
		err = nil
	}
	return lines, err
}

// tail is where the last lines of a plain file begin, and how many they are, at most as many as
// asked for. One without a newline is none yet.
func (s *source) tail(lines int64) (offset, found int64, err error) {
	end, _, err := s.size()
	if err != nil {
		return 0, 0, err
	}
	block := make([]byte, sourceBuffer/4)
	for seen := int64(-1); end > 0; { // seen newlines, without that of the last line
		n, err := s.file.ReadAt(block[:min(end, int64(len(block)))], max(0, end-int64(len(block))))
		if err != nil && err != io.EOF {
			return 0, 0, err
		}
		if n == 0 { // it has become shorter
			return 0, 0, nil
		}
		start := max(0, end-int64(len(block)))
		for at := bytes.LastIndexByte(block[:n], '\n'); at >= 0; at = bytes.LastIndexByte(block[:at], '\n') {
			if seen++; seen == lines {
				return start + int64(at) + 1, lines, nil
			}
			found = seen + 1
		}
		end = start
	}
	return 0, found, nil
}
