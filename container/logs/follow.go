package logs

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// follow reads a file and all behind it, also those that are still to come, until the container
// has ended. s is nil where there is none behind the number last.
func (r *reader) follow(ctx context.Context, w *watch, s *source, last int) error {
	grows, err := r.mayGrow()
	for err == nil {
		if s == nil {
			s, err = r.first(last)
		}
		more := false
		if s != nil && err == nil {
			last = s.number
			s, more, err = r.followFile(ctx, s)
		}
		if more || err != nil {
			continue
		}
		if !grows {
			break
		}
		if err = r.sink.Flush(); err == nil && (w.wait() || r.isPast()) {
			// Asked before the next look: what was written before the end is found by that.
			grows, err = r.mayGrow()
		}
	}
	if s != nil {
		err = errors.Join(err, s.close())
	}
	return err
}

// first opens the first file behind a number, nil if there is none.
func (r *reader) first(behind int) (*source, error) {
	number, err := r.behind(behind)
	if err != nil || number == 0 {
		return nil, err
	}
	s, err := r.dir.openSource(number, r.buffer)
	if err == unix.ENOENT {
		return nil, nil
	}
	return s, err
}

// followFile reads what there is in a file, and goes to the next one, if there is one: more.
func (r *reader) followFile(ctx context.Context, s *source) (next *source, more bool, err error) {
	// Asked before it is read: a file is written to no more when there is a next one.
	if more, err = r.hasNext(s); err != nil {
		return s, false, err
	}
	if err = r.drain(ctx, s, -1); err != nil {
		return s, false, err
	}
	if more {
		next, err = r.next(s)
		return next, true, err
	}
	size, _, err := s.size()
	if err == nil && size < s.offset { // somebody has emptied it
		s.seek(0)
		more = size > 0
	}
	return s, more, err
}

// hasNext reports whether there is a file behind one.
func (r *reader) hasNext(s *source) (bool, error) {
	for _, suffix := range []string{suffixPlain, suffixCompressed} {
		var stat unix.Stat_t
		err := unix.Fstatat(r.dir.fd(), nameOf(s.number+1, suffix), &stat, unix.AT_SYMLINK_NOFOLLOW)
		if err != unix.ENOENT {
			return err == nil, err
		}
	}
	if _, isThere, err := s.size(); isThere && s.unpacked == nil || err != nil {
		return false, err
	}
	number, err := r.behind(s.number)
	return number > 0, err
}
