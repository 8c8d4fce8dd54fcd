package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
)

// Problem is something that is wrong with a store.
type Problem struct {
	// What it is with: an image, by a name of it, or a file or directory.
	What string
	Text string
	// Done is what was done about it, "" for nothing, and Repaired whether that has helped.
	Done     string
	Repaired bool
	// Leftover tells that nothing is damaged: an operation was interrupted.
	Leftover bool
}

func (p Problem) String() string {
	text := p.What + ": " + p.Text
	if p.Done != "" {
		text += " (" + p.Done + ")"
	}
	return text
}

// Repair is how a store is put in order.
type Repair struct {
	// Unpack unpacks an image for a variant: the layers that are missing for it. It is nil
	// where nobody can.
	Unpack func(ctx context.Context, record *image.Record, variant image.Variant) error
}

// Check looks at all of a store, and with repair puts it in order: what can be made again is,
// and what cannot is removed, never without a word. What other commands do meanwhile is no
// problem.
func (s *Store) Check(ctx context.Context, repair *Repair) ([]Problem, error) {
	if _, err := os.Lstat(s.path()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	c := &checker{store: s, ctx: ctx, repair: repair}
	steps := []func() error{c.directories, c.layout, c.names, c.blobs, c.images, c.layers, c.index, c.leftovers}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return c.problems, err
		}
		if err := step(); err != nil {
			return c.problems, fmt.Errorf("check %s: %w", s.path(), Explained(err))
		}
	}
	return c.problems, nil
}

type checker struct {
	store    *Store
	ctx      context.Context
	repair   *Repair
	problems []Problem

	damaged map[string]error // blobs that are not what their names say, by those
	sizes   map[string]int64 // those of the blobs that are right
	records map[image.Digest]*image.Record
	named   map[image.Digest]string // a name of each image
}

// add notes a problem. done is asked for where it is to be repaired.
func (c *checker) add(p Problem, done func() (string, error)) {
	if c.repair != nil && done != nil {
		text, err := done()
		if err != nil {
			text = "not repaired: " + err.Error()
		}
		p.Done, p.Repaired = text, err == nil
	}
	c.problems = append(c.problems, p)
}

// layout looks whether the store is an OCI image layout.
func (c *checker) layout() error {
	if c.repair != nil {
		if err := c.store.openMutex(true); err != nil {
			return err
		}
	}
	if text, err := readFile(c.store.path(layoutFile), maxRecord); err != nil || string(text) != layoutText {
		c.add(Problem{What: c.store.path(layoutFile), Text: "it is not what makes an OCI image layout"}, func() (string, error) {
			return "written anew", c.store.decide(c.store.writeLayout)
		})
	}
	return nil
}

// directories looks whether they are the caller's, and closed: what is in layers may give who
// runs it the rights of another user (CVE-2021-41091).
func (c *checker) directories() error {
	for _, name := range directories() {
		path := c.store.path(name)
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			c.add(Problem{What: path, Text: "it is missing"}, func() (string, error) { return "made", os.MkdirAll(path, closedDir) })
			continue
		}
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return &fs.PathError{Op: "open", Path: path, Err: unix.ENOTDIR}
		}
		allowed := fs.FileMode(closedDir)
		if name == "" || name == image.LayersDir {
			allowed = passedDir
		}
		c.directory(path, info, allowed)
	}
	return c.variantDirectories()
}

func (c *checker) variantDirectories() error {
	variants, err := c.store.variants()
	for _, variant := range variants {
		path := c.store.layout.Layers(variant)
		if info, err := os.Lstat(path); err == nil && info.IsDir() {
			c.mode(path, info, closedDir)
		}
	}
	return err
}

func (c *checker) directory(path string, info fs.FileInfo, allowed fs.FileMode) {
	if stat, is := info.Sys().(*unix.Stat_t); is && int(stat.Uid) != os.Geteuid() {
		c.add(Problem{What: path, Text: fmt.Sprintf("it belongs to user %d", stat.Uid)}, nil)
		return
	}
	c.mode(path, info, allowed)
}

func (c *checker) mode(path string, info fs.FileInfo, allowed fs.FileMode) {
	if info.Mode().Perm()&^allowed == 0 {
		return
	}
	text := fmt.Sprintf("others can get at it (mode %04o)", info.Mode().Perm())
	c.add(Problem{What: path, Text: text}, func() (string, error) { return "closed", os.Chmod(path, info.Mode().Perm()&allowed) })
}

// index looks whether index.json says what the names and records say.
func (c *checker) index() error {
	var old, wanted []byte
	err := c.store.look(func() (err error) {
		old, wanted, err = c.store.indexes(&change{})
		return err
	})
	if err != nil {
		return err
	}
	if !bytes.Equal(old, wanted) {
		c.add(Problem{What: c.store.path(indexFile), Text: "it does not say what the names and records say", Leftover: true},
			func() (string, error) {
				return "written anew", c.store.decide(func() error { return c.store.apply(&change{}) })
			})
	}
	return nil
}

// leftovers looks for what interrupted operations have left, and for what is not mydocker's.
func (c *checker) leftovers() error {
	known := append([]string{indexFile, layoutFile, image.MutexFile}, directories()...)
	entries, err := c.store.list("")
	if err != nil {
		return err
	}
	for _, name := range entries {
		if !slices.Contains(known, name) {
			c.add(Problem{What: c.store.path(name), Text: "it is not mydocker's"}, nil)
		}
	}
	left, err := c.left()
	if err != nil || len(left) == 0 {
		return err
	}
	text := fmt.Sprintf("left by interrupted or removed images: %d blobs, layers or parts", len(left))
	c.add(Problem{What: c.store.path(), Text: text, Leftover: true}, func() (string, error) {
		_, err := c.store.Collect(c.ctx, false)
		return "removed, but for blobs that a pull can go on with", err
	})
	return nil
}

// left are the paths of garbage and leftovers that nobody has locked.
func (c *checker) left() (left []string, err error) {
	s := c.store
	err = s.look(func() error {
		needed, err := s.needed()
		if err != nil {
			return nil // said already
		}
		paths, err := s.garbage(needed)
		for _, dir := range []string{image.PartialDir, image.TrashDir} {
			names, listErr := s.list(dir)
			err = errors.Join(err, listErr)
			for _, name := range names {
				paths = append(paths, s.path(dir, name))
			}
		}
		for _, path := range paths {
			if !isLocked(path) {
				left = append(left, path)
			}
		}
		return err
	})
	slices.SortFunc(left, strings.Compare)
	return left, err
}

func isLocked(path string) bool {
	file, err := openFile(path, unix.O_RDONLY)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	got, err := tryLock(file, unix.LOCK_EX)
	return errors.Join(err, release(file)) == nil && !got
}
