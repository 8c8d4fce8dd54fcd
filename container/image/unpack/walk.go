package unpack

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// stepsPerEntry is how many directories may be passed for each entry that a layer may have. An
// archive that goes from one directory to the next has few. Links that lead to links make
// thousands of one, and hours of some kilobytes.
const stepsPerEntry = 4

// walk goes to a directory, by the symbolic links that the layer itself has, as Docker and
// containerd do it. They lead nowhere out of the layer: "/" is its root, and ".." of
// the root is the root. Directories that are missing are made, or are unix.ENOENT.
func (u *unpacker) walk(p *position, parts []string, create bool) error {
	rest, err := p.back(parts)
	for links := 0; err == nil && len(rest) > 0; {
		if u.steps++; u.steps/stepsPerEntry >= u.MaxEntries {
			return &LimitError{Limit: u.MaxEntries * stepsPerEntry, What: "steps from directory to directory"}
		}
		name := rest[0]
		rest = rest[1:]
		if name == ".." {
			err = p.up()
			continue
		}
		err = p.enter(name)
		switch {
		case err == unix.ENOENT && create:
			err = u.imply(p, name)
		case err == unix.ENOTDIR && links == utils.MaxLinks:
			err = unix.ELOOP
		case err == unix.ENOTDIR:
			links++
			var ahead []string
			ahead, err = u.obstacle(p, name, create)
			rest = append(ahead, rest...)
		}
	}
	return err
}

// obstacle is for a name on the way that is no directory: it goes where a symbolic link
// begins, and returns the way from there, or replaces a whiteout.
func (u *unpacker) obstacle(p *position, name string, create bool) (ahead []string, err error) {
	target, err := utils.ReadLink(p.fd(), name)
	switch {
	case err == nil && u.Into != nil && u.Into.NoLinks:
		return nil, fmt.Errorf("%s is a symbolic link, and what is copied goes through none: %w", shown(name), unix.ENOTDIR)
	case err == unix.EINVAL && create:
		return nil, u.enterHidden(p, name)
	case err == unix.EINVAL:
		return nil, unix.ENOENT
	case err == nil && strings.HasPrefix(target, "/"):
		err = p.leave(0)
	}
	return linkParts(target), err
}

func linkParts(target string) (parts []string) {
	for part := range strings.SplitSeq(target, "/") {
		if part != "" && part != "." {
			parts = append(parts, part)
		}
	}
	return parts
}

// imply makes and enters a directory that is not in the archive, and only its files are.
func (u *unpacker) imply(p *position, name string) error {
	err := u.makeImplied(p, name)
	if err == nil {
		err = p.enter(name)
	}
	if err == nil {
		u.implied[strings.Join(p.names, "/")] = true
	}
	return err
}

func (u *unpacker) makeImplied(p *position, name string) error {
	const mode = 0o755 // Docker's
	err := unix.Mkdirat(p.fd(), name, mode)
	if err == nil && u.umask&mode != 0 {
		err = chmodAt(p.fd(), name, mode)
	}
	if err != nil {
		return fmt.Errorf("mkdir %s: %w", shown(name), err)
	}
	return nil
}

// enterHidden is for a name on the way to others that is no directory. If it is a whiteout, the
// layer replaces a directory of those below by a new one.
func (u *unpacker) enterHidden(p *position, name string) error {
	var stat unix.Stat_t
	if err := statAt(p.fd(), name, &stat); err != nil {
		return err
	}
	if !isWhiteout(&stat) || u.Plain {
		return fmt.Errorf("%s is no directory: %w", shown(name), unix.ENOTDIR)
	}
	err := unix.Unlinkat(p.fd(), name, 0)
	if err == nil {
		err = u.makeImplied(p, name)
	}
	if err == nil {
		err = p.enter(name)
	}
	if err == nil {
		err = u.markOpaque(p.fd())
	}
	return err
}
