package changes

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/overlay"
)

// A journal says what one apply does, so that it can be finished or taken back from
// whatever moment it was killed at. It is a file of lines of JSON, to which is only added:
//
//	header   the apply begins: it makes its stores, and in them what is new
//	store    a directory with slots, which is about to be made
//	linked   a file of the host that gets a further name
//	op       an operation that is prepared
//	commit   everything is prepared and on the disk; operations begin
//	done     all operations were tried
//	undo     they are being taken back
//	undone   they are taken back
//	dropped  the stores are of no use any more
//	removed  they are gone
//
// No line is written for an operation that was done. Each is one rename(2), and which
// file is where afterwards tells whether it happened.
type journal struct {
	number int
	file   *os.File // open for an apply that is not over

	stores []store
	linked []identity
	ops    []operation

	// When each line was written; 0 is never.
	started, commit, done, undo, undone, dropped, removed int64
	// failed are the operations that could not be done.
	failed map[int]bool
}

const (
	journalPrefix  = "apply."
	journalSuffix  = ".journal"
	journalVersion = 1
	// maxLine bounds a line of a journal, which holds the extended attributes of a
	// directory twice; maxJournals the number of journals.
	maxLine     = 16 << 20
	maxJournals = 10000
)

// The kinds of an operation.
const (
	opPut   = "put"   // from the slot to the target, where nothing is
	opSwap  = "swap"  // the slot and the target are exchanged
	opTake  = "take"  // from the target to the slot
	opAttrs = "attrs" // a directory's mode, owner, times and extended attributes
)

// operation makes one path of the host what it is in the container.
type operation struct {
	Kind  string `json:"kind"`
	Layer string `json:"layer"`
	Name  []byte `json:"name"` // need not be UTF-8
	Store int    `json:"store"`
	Slot  int    `json:"slot"`
	// Old and New are which files are at the target before and after.
	Old identity `json:"old"`
	New identity `json:"new"`
	// Tree is whether New is a directory that was made as a whole.
	Tree bool `json:"tree,omitempty"`
	// Changed is whether the host had changed the target since the run began.
	Changed bool `json:"changed,omitempty"`
	// Before and After are a directory's attributes.
	Before *dirAttrs `json:"before,omitempty"`
	After  *dirAttrs `json:"after,omitempty"`
}

// identity is which file is meant, and when its attributes or content were last changed.
type identity struct {
	Device  uint64 `json:"device,omitempty"`
	Inode   uint64 `json:"inode,omitempty"`
	Changed int64  `json:"changed,omitempty"`
	// Modified is when its content was.
	Modified int64 `json:"modified,omitempty"`
}

func identityOf(a *attr) identity {
	return identity{a.dev, a.ino, a.ctime, a.mtime.Nano()}
}

// is reports whether a file is the one that is meant, though it may have changed.
func (i *identity) is(a *attr) bool {
	return a.exists() && i.Device == a.dev && i.Inode == a.ino
}

// untouched reports whether a file is the one that is meant, and as it was. A rename of
// one of its names changes the time of a file with several.
func (i *identity) untouched(a *attr) bool {
	return i.is(a) && (i.Changed == a.ctime || a.nlink > 1 && !a.isDir() && i.Modified == a.mtime.Nano())
}

// line is a line of a journal: one of its fields is set.
type line struct {
	Header  *header    `json:"header,omitempty"`
	Store   *store     `json:"store,omitempty"`
	Linked  *identity  `json:"linked,omitempty"`
	Op      *operation `json:"op,omitempty"`
	Commit  int64      `json:"commit,omitempty"`
	Done    int64      `json:"done,omitempty"`
	Failed  []int      `json:"failed,omitempty"` // beside Done
	Undo    int64      `json:"undo,omitempty"`
	Undone  int64      `json:"undone,omitempty"`
	Dropped int64      `json:"dropped,omitempty"`
	Removed int64      `json:"removed,omitempty"`
}

type header struct {
	Version int   `json:"version"`
	Started int64 `json:"started"`
}

func (j *journal) name() string {
	return journalPrefix + strconv.Itoa(j.number) + journalSuffix
}

// newJournal begins the journal of an apply.
func newJournal(dir *os.File, number int) (*journal, error) {
	started, err := overlay.Now()
	if err != nil {
		return nil, err
	}
	j := &journal{number: number}
	fd, err := unix.Openat(int(dir.Fd()), j.name(), unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_APPEND|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: path.Join(dir.Name(), j.name()), Err: err}
	}
	j.file = os.NewFile(uintptr(fd), path.Join(dir.Name(), j.name()))
	err = j.append(line{Header: &header{journalVersion, started}})
	if err == nil {
		err = errors.Join(j.file.Sync(), dir.Sync())
	}
	return j, err
}

// reopen opens the file of a journal that was read, to add to it. A line that was cut off
// by a kill goes.
func (j *journal) reopen(dir *os.File, length int64) error {
	fd, err := unix.Openat(int(dir.Fd()), j.name(), unix.O_WRONLY|unix.O_APPEND|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path.Join(dir.Name(), j.name()), Err: err}
	}
	j.file = os.NewFile(uintptr(fd), path.Join(dir.Name(), j.name()))
	return unix.Ftruncate(fd, length)
}

// append adds lines, and takes them in as reading them would.
func (j *journal) append(lines ...line) error {
	var text bytes.Buffer
	for i := range lines {
		encoded, err := json.Marshal(&lines[i])
		if err != nil {
			return err
		}
		text.Write(append(encoded, '\n'))
	}
	if _, err := j.file.Write(text.Bytes()); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	for i := range lines {
		if err := j.take(&lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// mark adds a line that has to be on the disk before anything else happens.
func (j *journal) mark(l line) error {
	if err := j.append(l); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// markTime is mark for a line with the time.
func (j *journal) markTime(l func(now int64) line) error {
	now, err := overlay.Now()
	if err != nil {
		return err
	}
	return j.mark(l(now))
}

// loadJournals reads the journals of a directory of changes, the oldest first.
func loadJournals(dir *os.File) ([]*journal, error) {
	var numbers []int
	names, err := readNames(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !strings.HasPrefix(name, journalPrefix) || !strings.HasSuffix(name, journalSuffix) {
			continue
		}
		middle := strings.TrimSuffix(strings.TrimPrefix(name, journalPrefix), journalSuffix)
		if number, err := strconv.Atoi(middle); err == nil && number >= 0 {
			numbers = append(numbers, number)
		}
	}
	if len(numbers) > maxJournals {
		return nil, fmt.Errorf("%s: more than %d journals", dir.Name(), maxJournals)
	}
	slices.Sort(numbers)
	var journals []*journal
	for _, number := range numbers {
		j, err := loadJournal(dir, number)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(dir.Name(), j.name()), err)
		}
		journals = append(journals, j)
	}
	return journals, nil
}

func readNames(dir *os.File) ([]string, error) {
	fd, err := unix.Openat(int(dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir.Name(), Err: err}
	}
	file := os.NewFile(uintptr(fd), dir.Name())
	names, err := file.Readdirnames(maxEntries)
	return names, errors.Join(ignoreEOF(err), file.Close())
}

func loadJournal(dir *os.File, number int) (j *journal, err error) {
	j = &journal{number: number}
	fd, err := unix.Openat(int(dir.Fd()), j.name(), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return j, err
	}
	file := os.NewFile(uintptr(fd), j.name())
	length, err := j.read(file)
	if err = errors.Join(err, file.Close()); err == nil && j.removed == 0 {
		err = j.reopen(dir, length)
	}
	return j, err
}

// read takes in all lines, and returns where the last whole one ends.
func (j *journal) read(from io.Reader) (length int64, err error) {
	reader := bufio.NewReaderSize(from, 1<<16)
	for {
		text, err := readLine(reader)
		if err == io.EOF {
			return length, nil // what is behind the last newline was never finished
		}
		if err != nil {
			return length, err
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		var l line
		if err := decoder.Decode(&l); err != nil {
			return length, fmt.Errorf("not a journal: %w", err)
		}
		if err := j.take(&l); err != nil {
			return length, fmt.Errorf("not a journal: %w", err)
		}
		length += int64(len(text))
	}
}

func readLine(reader *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		part, err := reader.ReadSlice('\n')
		text = append(text, part...)
		if len(text) > maxLine {
			return nil, errors.New("not a journal: a line is too long")
		}
		if err != bufio.ErrBufferFull {
			return text, err
		}
	}
}

// take takes a line in, which has to be one that can follow.
func (j *journal) take(l *line) error {
	isOpen := j.started > 0 && j.commit == 0
	switch {
	case l.Header != nil && j.started == 0:
		if l.Header.Version != journalVersion || l.Header.Started <= 0 {
			return fmt.Errorf("version %d is not known", l.Header.Version)
		}
		j.started = l.Header.Started
		return nil
	case l.Store != nil && isOpen && (l.Store.Path == "" || path.IsAbs(l.Store.Path)):
		j.stores = append(j.stores, *l.Store)
		return nil
	case l.Linked != nil && isOpen:
		j.linked = append(j.linked, *l.Linked)
		return nil
	case l.Op != nil && isOpen:
		j.ops = append(j.ops, *l.Op)
		return l.Op.validate(len(j.stores))
	}
	return j.takeTime(l)
}

// takeTime takes in a line that says when something was done.
func (j *journal) takeTime(l *line) error {
	for _, t := range []struct {
		now     int64
		at      *int64
		follows bool
	}{
		{l.Commit, &j.commit, j.started > 0},
		{l.Done, &j.done, j.commit > 0 && j.undo == 0},
		{l.Undo, &j.undo, j.commit > 0},
		{l.Undone, &j.undone, j.undo > 0},
		{l.Dropped, &j.dropped, true},
		{l.Removed, &j.removed, j.dropped > 0},
	} {
		if t.now > 0 && *t.at == 0 && t.follows {
			*t.at = t.now
			if l.Done > 0 {
				return j.takeFailed(l.Failed)
			}
			return nil
		}
	}
	return errors.New("a line is not one that can follow")
}

// takeFailed takes in which operations could not be done.
func (j *journal) takeFailed(list []int) error {
	j.failed = map[int]bool{}
	for _, n := range list {
		if n < 0 || n >= len(j.ops) {
			return fmt.Errorf("there is no operation %d", n)
		}
		j.failed[n] = true
	}
	return nil
}

func (o *operation) validate(stores int) error {
	name := string(o.Name)
	if !filepath.IsLocal(name) || path.Clean(name) != name || strings.ContainsRune(name, 0) {
		return fmt.Errorf("the name %q is none below a directory", name)
	}
	switch o.Kind {
	case opAttrs:
		if o.Before == nil || o.After == nil {
			return errors.New("attributes are missing")
		}
	case opPut, opSwap, opTake:
		if name == "." || o.Store < 0 || o.Store >= stores || o.Slot < 0 {
			return errors.New("an operation without a place")
		}
	default:
		return fmt.Errorf("the operation %q is not known", o.Kind)
	}
	return nil
}

// interrupted reports whether operations may be left to be done.
func (j *journal) interrupted() bool {
	return j.commit > 0 && j.done == 0 && j.undo == 0 && j.dropped == 0
}
