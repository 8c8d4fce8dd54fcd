package events

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Read passes on the events of a journal, in the order in which they were written, until one
// fails. Where there is no journal there are none.
func Read(state string, each func(*Event) error) error {
	r := newReader(state)
	if err := r.open(); err != nil {
		return err
	}
	return errors.Join(r.read(each), r.close())
}

// Follow does the same, and then waits for further events until the context ends. What was there
// before is passed on if past is true. ready is called when nothing is lost from then on.
func Follow(ctx context.Context, state string, past bool, ready func(), each func(*Event) error) error {
	r := newReader(state)
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	changes, err := watch(r.dir)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		changes.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // it is one that can have a deadline
	})
	defer stop()
	if err = r.open(); err == nil && !past {
		err = r.skip()
	}
	if err == nil {
		ready()
		err = r.follow(ctx, changes, each)
	}
	return errors.Join(err, r.close(), changes.Close())
}

// reader has the files of a journal open: the previous one, and the one that is written to.
type reader struct {
	dir   string
	files []*tail
}

func newReader(state string) *reader { return &reader{dir: filepath.Join(state, dirName)} }

// open opens the files.
func (r *reader) open() error {
	previous, current, err := openTails(r.dir)
	if err == nil {
		r.take(previous)
		r.take(current)
	}
	return err
}

func (r *reader) take(t *tail) {
	if t != nil {
		r.files = append(r.files, t)
	}
}

// follow passes on what comes, until the context ends.
func (r *reader) follow(ctx context.Context, changes *os.File, each func(*Event) error) error {
	buffer := make([]byte, 64*(unix.SizeofInotifyEvent+unix.NAME_MAX+1))
	for {
		if err := r.read(each); err != nil {
			return err
		}
		rotated, err := r.rotated()
		if err != nil {
			return err
		}
		if rotated {
			continue
		}
		_, err = changes.Read(buffer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return os.NewSyscallError("inotify", err)
		}
	}
}

// rotated opens the file that is written to, if it is another one now, and the one before, if that
// is new, too. The last of those it had stays open: somebody may just be writing to it.
func (r *reader) rotated() (bool, error) {
	if len(r.files) > 0 && isStill(r.dir, r.files[len(r.files)-1].file) {
		return false, nil
	}
	previous, current, err := openTails(r.dir)
	if err != nil || current == nil {
		return false, errors.Join(err, previous.close())
	}
	if slices.ContainsFunc(r.files, previous.is) {
		err = previous.close()
		previous = nil
	}
	for len(r.files) > 1 {
		err = errors.Join(err, r.files[0].close())
		r.files = r.files[1:]
	}
	r.take(previous)
	r.take(current)
	return true, err
}

func (r *reader) read(each func(*Event) error) error {
	for _, t := range r.files {
		if err := t.read(each); err != nil {
			return err
		}
	}
	return nil
}

// skip leaves out what is there.
func (r *reader) skip() error {
	for _, t := range r.files {
		if _, err := t.file.Seek(0, io.SeekEnd); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) close() error {
	var errs []error
	for _, t := range r.files {
		errs = append(errs, t.close())
	}
	return errors.Join(errs...)
}

// tail is a file that grows.
type tail struct {
	file  *os.File
	lines *bufio.Reader
	// begun is the beginning of a line that is being written.
	begun []byte
}

// openTails opens the previous file of a journal and the one that is written to; nil where there is
// none. Where they are rotated meanwhile it begins anew.
func openTails(dir string) (previous, current *tail, err error) {
	for range 100 {
		if current, err = openTail(dir, journalName); err != nil {
			return nil, nil, err
		}
		if previous, err = openTail(dir, previousName); err != nil {
			return nil, nil, errors.Join(err, current.close())
		}
		if current == nil || isStill(dir, current.file) {
			return previous, current, nil
		}
		if err := errors.Join(current.close(), previous.close()); err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, errors.New(dir + ": the journal is full again and again")
}

// openTail opens a file of the journal; nil where there is none.
func openTail(dir, name string) (*tail, error) {
	path := filepath.Join(dir, name)
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	return &tail{file: file, lines: bufio.NewReader(file)}, nil
}

// read passes on the events whose lines are complete. What is no event is left out, and so is the
// rest of a line that is too long for one.
func (t *tail) read(each func(*Event) error) error {
	for {
		part, err := t.lines.ReadSlice('\n')
		if len(t.begun) <= maxLine {
			t.begun = append(t.begun, part...)
		}
		switch {
		case err == io.EOF:
			return nil
		case err == bufio.ErrBufferFull:
			continue
		case err != nil:
			return err
		}
		var e Event
		err = json.Unmarshal(t.begun, &e)
		t.begun = t.begun[:0]
		if err != nil || e.Type == "" {
			continue
		}
		if err := each(&e); err != nil {
			return err
		}
	}
}

// is reports whether both are the same file.
func (t *tail) is(other *tail) bool {
	if t == nil {
		return false
	}
	mine, err := t.file.Stat()
	if err != nil {
		return false
	}
	others, err := other.file.Stat()
	return err == nil && os.SameFile(mine, others)
}

func (t *tail) close() error {
	if t == nil {
		return nil
	}
	return t.file.Close()
}

// watch tells of changes in a directory: each is something to read.
func watch(dir string) (*os.File, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err == unix.EMFILE {
		err = errors.New("inotify: this user watches too many directories (sysctl fs.inotify.max_user_instances)")
	}
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	changes := os.NewFile(uintptr(fd), "inotify")
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_MODIFY|unix.IN_CREATE|unix.IN_MOVED_TO); err != nil {
		return nil, errors.Join(&fs.PathError{Op: "watch", Path: dir, Err: err}, changes.Close())
	}
	return changes, nil
}
