package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// Options say what is read.
type Options struct {
	// Since and Until are the times of the first and the last records; zero for all.
	Since, Until time.Time
	// Tail is how many records are read at most, the last ones; less than 0 for all.
	Tail int64
	// Follow has reading go on with what is written, as long as Running says that the container
	// runs; nil is that it does not.
	Follow  bool
	Running func() (bool, error)
	// Stdout and Stderr are the streams that are read.
	Stdout, Stderr bool
}

// Sink takes what is read.
type Sink interface {
	// Take takes a record, which is valid until it returns.
	Take(r *Record) error
	// Flush is called when there is nothing more to take for the moment.
	Flush() error
}

// mayGrow reports whether what is written from now on is to be read, too.
func (o *Options) mayGrow() (bool, error) {
	if !o.Follow || o.Running == nil || o.isPast() {
		return false, nil
	}
	return o.Running()
}

// isPast reports whether what is written from now on is too late to be read.
func (o *Options) isPast() bool { return !o.Until.IsZero() && time.Now().After(o.Until) }

// reader reads the files of a directory, one after the other.
type reader struct {
	Options
	dir     directory
	sink    Sink
	decoder decoder
	buffer  []byte
}

// Read reads the log in a directory. It needs no lock: somebody may be writing to it. Where there
// is none, nothing has been written.
func Read(ctx context.Context, path string, o Options, to Sink) error {
	dir, err := openDirectory(path)
	for errors.Is(err, fs.ErrNotExist) {
		if isRunning, unknown := o.mayGrow(); !isRunning || unknown != nil || ctx.Err() != nil {
			return unknown
		}
		time.Sleep(lookSoon)
		dir, err = openDirectory(path)
	}
	if err != nil {
		return err
	}
	r := &reader{Options: o, dir: dir, sink: to, buffer: make([]byte, sourceBuffer)}
	err = r.read(ctx)
	if err == nil {
		err = to.Flush()
	}
	return errors.Join(err, dir.close())
}

func (r *reader) read(ctx context.Context) error {
	var w *watch
	if r.Follow {
		w = newWatch(r.dir) // before the first look, so that nothing is missed behind it
		defer w.close()     //nolint:errcheck // nothing was written to it
	}
	numbers, err := r.dir.numbers(suffixPlain, suffixCompressed)
	if err != nil {
		return err
	}
	var first place
	if r.Tail >= 0 {
		first, err = r.dir.tail(numbers, r.Tail)
	} else if len(numbers) > 0 {
		first.number = numbers[0]
	}
	if err != nil {
		return err
	}
	s, err := r.begin(numbers, first)
	if err != nil {
		return err
	}
	if w != nil {
		last := 0
		if len(numbers) > 0 {
			last = numbers[len(numbers)-1]
		}
		return r.follow(ctx, w, s, last)
	}
	if s == nil {
		return nil
	}
	return r.readUpTo(ctx, s, numbers[len(numbers)-1])
}

// begin opens the file in which reading begins, nil if there is none.
func (r *reader) begin(numbers []int, first place) (*source, error) {
	for _, number := range numbers {
		if number < first.number {
			continue
		}
		s, err := r.dir.openSource(number, r.buffer)
		if err == unix.ENOENT {
			continue // it has been removed meanwhile
		}
		if err != nil || number != first.number {
			return s, err
		}
		switch {
		case s.unpacked == nil:
			s.seek(first.offset)
		case first.offset > 0: // it has been compressed meanwhile
			_, err = io.CopyN(io.Discard, s.unpacked, first.offset)
		default:
			err = s.skip(first.lines)
		}
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		return s, nil
	}
	return nil, nil
}

// readUpTo reads the files up to one, of which what is in it now.
func (r *reader) readUpTo(ctx context.Context, s *source, last int) error {
	for {
		most := int64(-1)
		if s.number == last && s.unpacked == nil {
			size, _, err := s.size()
			if err != nil {
				return errors.Join(err, s.close())
			}
			most = size
		}
		if err := r.drain(ctx, s, most); err != nil || s.number >= last {
			return errors.Join(err, s.close())
		}
		next, err := r.next(s)
		if err == nil && next != nil {
			s = next
			continue
		}
		if next != nil {
			err = errors.Join(err, next.close())
		}
		return err
	}
}

// drain hands on what there is in a file, up to a place if that is not negative.
func (r *reader) drain(ctx context.Context, s *source, most int64) error {
	for n := 0; most < 0 || s.offset < most; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := s.line()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s/%s: %w", r.dir.file.Name(), s.file.Name(), err)
		}
		record := r.decoder.decode(line)
		if record == nil {
			s.doubt(line)
			continue
		}
		if !r.wants(record) {
			continue
		}
		if err := r.sink.Take(record); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) wants(record *Record) bool {
	if record.Stream == Stderr && !r.Stderr || record.Stream == Stdout && !r.Stdout {
		return false
	}
	if r.Since.IsZero() && r.Until.IsZero() {
		return true
	}
	at := record.Time()
	return !at.Before(r.Since) && (r.Until.IsZero() || !at.After(r.Until))
}

// next opens the file behind one, and closes that; nil is that there is none. What was removed
// before it could be read is told.
func (r *reader) next(s *source) (*source, error) {
	next, err := r.dir.openSource(s.number+1, s.buffer)
	for err == unix.ENOENT {
		var number int
		if number, err = r.behind(s.number); err == nil && number == 0 {
			return nil, s.close()
		}
		if err == nil {
			next, err = r.dir.openSource(number, s.buffer)
		}
	}
	missing := 0
	if err == nil {
		missing = next.number - s.number - 1
	}
	if err = errors.Join(err, s.close()); err == nil && missing > 0 {
		err = r.sink.Take(&Record{Stream: Stderr, Lost: -1, Data: fmt.Appendf(nil,
			"mydocker: %d files of the log were removed before they could be read: the reader is slower than the container\n", missing)})
	}
	return next, err
}

// behind is the number of the first file behind one, 0 for none.
func (r *reader) behind(number int) (int, error) {
	numbers, err := r.dir.numbers(suffixPlain, suffixCompressed)
	for _, n := range numbers {
		if n > number {
			return n, err
		}
	}
	return 0, err
}
