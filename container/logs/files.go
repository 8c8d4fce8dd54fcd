package logs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// files writes records to the files of a directory.
type files struct {
	dir     directory
	options *options
	attrs   string

	file   *os.File
	number int
	oldest int
	size   int64
	// torn says that the file ends with a part of a record, as where a writer was killed.
	torn bool

	batch batch
	loss  loss
	// at is the time of the record before, as text.
	at     time.Time
	atText []byte

	// compressor is nil where nothing is compressed.
	compressor *compressor
}

// batch is what is written by one system call.
type batch struct {
	text []byte
	ends []recordEnd
	// told is how many lost bytes it tells of, tells where that ends, and begins where the end of a
	// torn record does.
	told          int64
	begins, tells int
}

// recordEnd is where a record of a batch ends, and how many bytes of output it has.
type recordEnd struct{ at, bytes int }

// loss is what could not be written, and has not been told.
type loss struct {
	bytes int64
	why   error
	// counted are those that the caller does not know of.
	counted int64
}

// maxBatch is how much is written at once; a record more, at most.
const maxBatch = 64 << 10

// mode is Docker's.
const mode = 0o640

func openFiles(path string, o *options, info Info) (*files, error) {
	attrs, err := o.attributes(info)
	if err != nil {
		return nil, err
	}
	dir, err := makeDirectory(path)
	if err != nil {
		return nil, err
	}
	f := &files{dir: dir, options: o, attrs: encodeAttributes(attrs)}
	if o.compress {
		f.compressor = newCompressor(dir)
	}
	if err = f.begin(); err != nil {
		return nil, errors.Join(&fs.PathError{Op: "open the log in", Path: path, Err: err}, f.close())
	}
	return f, nil
}

// begin goes on with the file of the last writer, or begins the first one.
func (f *files) begin() error {
	numbers, err := f.dir.numbers(suffixPlain, suffixCompressed)
	if err != nil {
		return err
	}
	if len(numbers) == 0 {
		f.oldest = 1
		return f.next()
	}
	f.oldest, f.number = numbers[0], numbers[len(numbers)-1]
	file, err := f.dir.openFile(nameOf(f.number, suffixPlain), unix.O_RDWR|unix.O_APPEND, 0)
	if err == unix.ENOENT {
		return f.next()
	}
	if err != nil {
		return err
	}
	f.file = file
	if f.size, err = file.Seek(0, io.SeekEnd); err != nil || f.size == 0 {
		return errors.Join(err, f.removeOld())
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, f.size-1)
	f.torn = last[0] != '\n'
	return errors.Join(err, f.removeOld())
}

// next begins a file. If that is not possible, the one before is written to.
func (f *files) next() error {
	file, err := f.dir.openFile(nameOf(f.number+1, suffixPlain), unix.O_RDWR|unix.O_APPEND|unix.O_CREAT|unix.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = unix.Fchmod(int(file.Fd()), mode)
	if f.file != nil {
		err = errors.Join(err, f.file.Close())
	}
	f.file, f.size, f.torn = file, 0, false
	f.number++
	return errors.Join(err, f.removeOld())
}

func (f *files) removeOld() error {
	from := f.oldest
	f.oldest = max(f.oldest, f.number-f.options.maxFiles+1)
	remove := func() (err error) {
		for ; from < f.oldest; from++ {
			err = errors.Join(err, f.dir.removeNumber(from))
		}
		return err
	}
	if f.compressor == nil {
		return remove()
	}
	return f.compressor.keep(f.oldest, f.number, remove)
}

// add implements sink.
func (f *files) add(r record) {
	if len(f.batch.text) >= maxBatch {
		f.write()
	}
	if r.at != f.at || f.atText == nil {
		f.at, f.atText = r.at, formatTime(f.atText[:0], r.at)
	}
	if len(f.batch.text) == 0 {
		f.begins()
	}
	start := len(f.batch.text)
	f.batch.add(appendRecord(f.batch.text, r.stream, f.attrs, f.atText, r.data), len(r.data))
	if most := f.options.maxSize; most > 0 && f.size+int64(start) > 0 && f.size+int64(len(f.batch.text)) > most {
		f.rotateBefore(start, r)
	}
}

func (b *batch) add(text []byte, bytes int) {
	b.text = text
	b.ends = append(b.ends, recordEnd{len(text), bytes})
}

// begins puts in front of a batch what has to be told first.
func (f *files) begins() {
	if f.torn {
		f.batch.add(append(f.batch.text, '\n'), 0)
		f.batch.begins = len(f.batch.text)
	}
	if f.loss.bytes > 0 {
		f.batch.add(appendLoss(f.batch.text, f.loss.bytes, f.loss.why, f.attrs, f.atText), 0)
		f.batch.told, f.batch.tells = f.loss.bytes, len(f.batch.text)
	}
}

// rotateBefore writes what is in front of the last record, which begins at start, and has the
// record begin the next file.
func (f *files) rotateBefore(start int, last record) {
	f.batch.text, f.batch.ends = f.batch.text[:start], f.batch.ends[:len(f.batch.ends)-1]
	f.write()
	_ = f.next() //nolint:errcheck // without a new file the one before takes more
	f.begins()
	f.batch.add(appendRecord(f.batch.text, last.stream, f.attrs, f.atText, last.data), len(last.data))
}

// flush implements sink.
func (f *files) flush() int64 {
	f.write()
	counted := f.loss.counted
	f.loss.counted = 0
	return counted
}

// settled implements sink.
func (f *files) settled() bool {
	return f.loss.bytes == 0 && len(f.batch.text) == 0 && (f.compressor == nil || !f.compressor.working.Load())
}

// write writes the batch. What was not written whole is taken back, and counted.
func (f *files) write() {
	if len(f.batch.text) == 0 {
		return
	}
	n, err := f.file.Write(f.batch.text)
	f.size += int64(n)
	whole := n
	if err != nil {
		whole = f.lose(n, err)
	}
	if whole >= f.batch.begins {
		f.torn = false
	}
	if whole >= f.batch.tells {
		f.loss.bytes -= f.batch.told
	}
	if whole < n {
		f.takeBack(int64(n - whole))
	}
	f.batch = batch{text: f.batch.text[:0], ends: f.batch.ends[:0]}
}

// lose counts the records that are not whole in the n bytes that were written, and returns how
// much of them is.
func (f *files) lose(n int, why error) (whole int) {
	for _, end := range f.batch.ends {
		if end.at <= n {
			whole = end.at
			continue
		}
		f.loss.bytes += int64(end.bytes)
		f.loss.counted += int64(end.bytes)
	}
	f.loss.why = cause(why)
	return whole
}

// takeBack removes a part of a record from the end. Of a whole one nothing is ever removed:
// somebody may have read it.
func (f *files) takeBack(bytes int64) {
	size, err := f.file.Seek(0, io.SeekEnd)
	if err == nil {
		err = f.file.Truncate(size - bytes)
	}
	if err != nil {
		f.torn = true
		return
	}
	f.size -= bytes
}

// cause is an error without the name of the file.
func cause(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// close implements sink.
func (f *files) close() error {
	if f.compressor != nil {
		f.compressor.stop()
	}
	var err error
	if f.file != nil {
		err = f.file.Close()
	}
	return errors.Join(err, f.dir.close())
}
