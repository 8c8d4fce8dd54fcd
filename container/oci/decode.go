package oci

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/decode"
)

// raw are parts of a configuration as they are written.
type raw struct{ process, seccomp string }

// decodeSpec reads a configuration. Of what it says of seccomp only the text is returned: most of
// a configuration is that, and known already.
func decodeSpec(text string, into *specs.Spec) (parts raw, err error) {
	err = decode.Parts(text, into, func(pointer any) (keep *string, only bool) {
		switch pointer.(type) {
		case *specs.LinuxSeccomp:
			return &parts.seccomp, true
		case *specs.Process:
			return &parts.process, false
		}
		return nil, false
	})
	return parts, err
}

// in adds the field that an error is in: a name, or an index in brackets.
func in(field string, err error) error { return decode.In(field, err) }
