package group

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// old reads what a setting is about to replace. A file that cannot be read has no value that could be kept: it is
// not there, or writing to it does something once.
func (l *limit) old(s *subsystems.Setting) []subsystems.Setting {
	for ; s != nil; s = s.Else {
		if content, err := l.read(s.File); err == nil {
			return []subsystems.Setting{{File: s.File, Value: oldValue(s, content), Optional: true}}
		}
	}
	return nil
}

// restore writes back what was replaced, the last first.
func restore(limits []limit) error {
	var errs []error
	for _, l := range slices.Backward(limits) {
		slices.Reverse(l.settings)
		if _, err := l.write(false); err != nil {
			errs = append(errs, fmt.Errorf("restore what was set before: %w", err))
		}
	}
	return errors.Join(errs...)
}

// empty is no value, as for cpuset.cpus. To write nothing at all would do nothing.
const empty = "\n"

// oldValue is what has to be written for a file to have the content again. Some files have a line for each device or
// interface; what has no line there has no limit.
func oldValue(s *subsystems.Setting, content string) string {
	if content == "" {
		content = empty
	}
	key, _, keyed := strings.Cut(s.Value, " ")
	if !keyed || s.File == "cpu.max" {
		return content
	}
	for line := range strings.Lines(content) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, key+" ") {
			return line
		}
	}
	switch {
	case s.File == "io.max":
		return key + " rbps=max wbps=max riops=max wiops=max"
	case s.File == "rdma.max":
		return key + " hca_handle=max hca_object=max"
	case strings.HasPrefix(s.File, "io."):
		return key + " default"
	}
	return key + " 0"
}
