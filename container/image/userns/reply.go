package userns

import (
	"archive/tar"
	"errors"
	"io"
	"syscall"

	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/image/unpack"
)

// reply is what the process answers.
type reply struct {
	Unpacked *unpack.Result   `json:",omitempty"`
	Archived *unpack.Archived `json:",omitempty"`
	Changes  []layers.Change  `json:",omitempty"`
	Failure  *failure         `json:",omitempty"`
}

// failure is an error on its way between processes, with what others want to know of it.
type failure struct {
	Text    string
	Errno   syscall.Errno        `json:",omitempty"`
	Damaged bool                 `json:",omitempty"` // the archive is
	Depends *unpack.DependsError `json:",omitempty"`
	Limit   *unpack.LimitError   `json:",omitempty"`
}

func failureOf(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Text: err.Error(), Damaged: errors.Is(err, tar.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF)}
	errors.As(err, &f.Errno)
	errors.As(err, &f.Depends)
	errors.As(err, &f.Limit)
	return f
}

func (f *failure) err() error {
	switch {
	case f == nil:
		return nil
	case f.Depends != nil:
		return &remoteError{f.Text, f.Depends}
	case f.Limit != nil:
		return &remoteError{f.Text, f.Limit}
	case f.Damaged:
		return &remoteError{f.Text, io.ErrUnexpectedEOF}
	case f.Errno != 0:
		return &remoteError{f.Text, f.Errno}
	}
	return errors.New(f.Text)
}

// remoteError is an error of the process.
type remoteError struct {
	text  string
	cause error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.cause }
