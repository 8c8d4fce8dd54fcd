package logs

import (
	"compress/gzip"
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// compressor compresses the files that are written to no more, one after the other, beside who
// writes. What it has not done at the end, the next one does.
type compressor struct {
	dir     directory
	waking  chan struct{}
	stopped atomic.Bool
	working atomic.Bool
	done    sync.WaitGroup
	// kept guards oldest and current: a file that is removed is not compressed again.
	kept            sync.Mutex
	oldest, current int
	// writer is kept from one file to the next, for as long as there are more.
	writer *gzip.Writer
}

func newCompressor(dir directory) *compressor {
	c := &compressor{dir: dir, waking: make(chan struct{}, 1)}
	c.done.Go(c.work)
	return c
}

// keep says which files there are. Those before oldest are removed.
func (c *compressor) keep(oldest, current int, remove func() error) error {
	c.kept.Lock()
	c.oldest, c.current = oldest, current
	err := remove()
	c.kept.Unlock()
	c.wake()
	return err
}

func (c *compressor) wake() {
	select {
	case c.waking <- struct{}{}:
	default:
	}
}

// stop ends it, in the middle of a file, too.
func (c *compressor) stop() {
	c.stopped.Store(true)
	c.wake()
	c.done.Wait()
}

func (c *compressor) work() {
	for number := 1; !c.stopped.Load(); {
		c.kept.Lock()
		number = max(number, c.oldest)
		isOld := number < c.current
		c.working.Store(isOld)
		c.kept.Unlock()
		if !isOld {
			c.forget()
			<-c.waking
			continue
		}
		_ = c.compress(number) //nolint:errcheck // the file stays as it is: to compress it saves space, and nothing else
		number++
	}
}

// forget gives back the memory that compressing takes: a supervisor lives long, and there are many.
func (c *compressor) forget() {
	if c.writer != nil {
		c.writer = nil
		debug.FreeOSMemory()
	}
}

// compress compresses a file, if it is not.
func (c *compressor) compress(number int) error {
	from, err := c.dir.openFile(nameOf(number, suffixPlain), unix.O_RDONLY, 0)
	if err != nil {
		return utils.Ignore(err, unix.ENOENT)
	}
	written := nameOf(number, suffixNew)
	to, err := c.dir.openFile(written, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC, mode)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	err = unix.Fchmod(int(to.Fd()), mode)
	if err == nil {
		err = c.copy(to, from)
	}
	if err == nil {
		err = to.Sync()
	}
	err = errors.Join(err, from.Close(), to.Close())
	if err == nil {
		err = c.replace(number, written)
	}
	if err != nil {
		return errors.Join(err, c.dir.remove(written))
	}
	return nil
}

func (c *compressor) copy(to io.Writer, from io.Reader) error {
	if c.writer == nil {
		var err error
		if c.writer, err = gzip.NewWriterLevel(to, gzip.BestSpeed); err != nil {
			return err
		}
	}
	c.writer.Reset(to)
	_, err := io.Copy(c.writer, &stoppable{c, from})
	return errors.Join(err, c.writer.Close())
}

// replace puts the compressed file in the place of the other one, if that is still there.
func (c *compressor) replace(number int, written string) error {
	c.kept.Lock()
	defer c.kept.Unlock()
	if number < c.oldest {
		return unix.ENOENT
	}
	err := unix.Renameat(c.dir.fd(), written, c.dir.fd(), nameOf(number, suffixCompressed))
	if err != nil {
		return err
	}
	return c.dir.remove(nameOf(number, suffixPlain))
}

// stoppable fails when the compressor is stopped.
type stoppable struct {
	compressor *compressor
	from       io.Reader
}

// Read implements io.Reader.
func (s *stoppable) Read(into []byte) (int, error) {
	if s.compressor.stopped.Load() {
		return 0, unix.ECANCELED
	}
	return s.from.Read(into)
}
