package ingest

import (
	"errors"
	"io"
)

const (
	aheadSize   = 512 << 10
	aheadChunks = 4
)

// ahead reads what another goroutine has read from r before it is wanted, so that the two work at
// the same time.
type ahead struct {
	full    chan chunk
	free    chan []byte
	stop    chan struct{}
	ended   chan struct{}
	current chunk
	offset  int
}

type chunk struct {
	buffer []byte
	n      int
	err    error
}

func newAhead(r io.Reader) *ahead {
	a := &ahead{
		full: make(chan chunk, aheadChunks), free: make(chan []byte, aheadChunks),
		stop: make(chan struct{}), ended: make(chan struct{}),
	}
	for range aheadChunks {
		a.free <- nil // made when it is needed: most layers are small
	}
	go a.fill(r)
	return a
}

func (a *ahead) fill(r io.Reader) {
	defer close(a.ended)
	for {
		var c chunk
		select {
		case c.buffer = <-a.free:
		case <-a.stop:
			return
		}
		if c.buffer == nil {
			c.buffer = make([]byte, aheadSize)
		}
		for c.n < len(c.buffer) && c.err == nil {
			var n int
			n, c.err = r.Read(c.buffer[c.n:])
			c.n += n
		}
		select {
		case a.full <- c:
		case <-a.stop:
			return
		}
		if c.err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (a *ahead) Read(p []byte) (int, error) {
	for a.offset == a.current.n {
		if err := a.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, a.current.buffer[a.offset:a.current.n])
	a.offset += n
	return n, nil
}

// WriteTo implements io.WriterTo: what was read is not copied.
func (a *ahead) WriteTo(w io.Writer) (written int64, err error) {
	for {
		n, err := w.Write(a.current.buffer[a.offset:a.current.n])
		written += int64(n)
		a.offset += n
		if err == nil && a.offset < a.current.n {
			err = io.ErrShortWrite
		}
		if err != nil {
			return written, err
		}
		if err := a.next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return written, err
		}
	}
}

// next gets the next chunk.
func (a *ahead) next() error {
	if a.current.err != nil {
		return a.current.err
	}
	if a.current.buffer != nil {
		a.free <- a.current.buffer
	}
	a.offset = 0
	select {
	case a.current = <-a.full:
	case <-a.stop:
		a.current = chunk{err: io.ErrClosedPipe}
	}
	return nil
}

// close ends the other goroutine and waits for it. It does not interrupt a Read of r.
func (a *ahead) close() {
	close(a.stop)
	<-a.ended
}
