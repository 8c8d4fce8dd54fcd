package cmd

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/volume"
)

// mountFields is a value of --mount while it is read.
type mountFields struct {
	spec.Mount
	source, target string
	recursive      string          // the value of bind-recursive
	size, mode     string          // options of a tmpfs
	kinds          map[string]bool // types that an option is for alone
	volume         spec.Volume     // options of a volume
}

// parseMount reads KEY=VALUE,..., as --mount has it in Docker: fields as CSV files
// (RFC 4180) have them, so that one with a comma or a quote in it can be quoted.
func parseMount(s string) (spec.Mount, error) {
	fields, err := splitFields(s)
	if err != nil {
		return spec.Mount{}, err
	}
	m := mountFields{kinds: map[string]bool{}}
	for _, field := range fields {
		if err := m.set(field); err != nil {
			return spec.Mount{}, err
		}
	}
	if err := m.checkType(); err != nil {
		return spec.Mount{}, err
	}
	if m.target == "" {
		return spec.Mount{}, errors.New("target is required: dst=PATH")
	}
	if m.Target, err = parseTarget(m.target); err != nil {
		return spec.Mount{}, err
	}
	switch m.Type {
	case spec.MountTmpfs:
		return m.tmpfs()
	case spec.MountVolume:
		return m.ofVolume()
	}
	return m.bind()
}

// splitFields reads one line of CSV.
func splitFields(s string) ([]string, error) {
	if strings.TrimSpace(s) == "" {
		return nil, errors.New("value is empty")
	}
	reader := csv.NewReader(strings.NewReader(s))
	fields, err := reader.Read()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, fmt.Errorf(`%w in column %d: a field with a comma or a quote in it is "quoted", and a quote in it is ""`, wrong.Err, wrong.Column)
	case err != nil:
		return nil, err
	}
	if _, err := reader.Read(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it has more than one line")
	}
	return fields, nil
}

// set reads one field.
func (m *mountFields) set(field string) error {
	key, value, hasValue := strings.Cut(field, "=")
	key = strings.ToLower(key)
	if key != strings.TrimSpace(key) || value != strings.TrimSpace(value) {
		return fmt.Errorf("%q: there is white space around the key or the value", field)
	}
	if flag := m.boolean(key); flag != nil {
		return setBoolean(flag, key, value, hasValue)
	}
	switch {
	case !hasValue:
		return fmt.Errorf("invalid field %q: it must be a key=value pair", field)
	case value == "":
		return fmt.Errorf("invalid value for %q: value is empty", key)
	}
	if known, err := m.setText(key, value); known {
		return err
	}
	return fmt.Errorf("unknown option %q in %q%s", key, field, insteadOfMountOption(key))
}

// setText sets an option that has a value.
func (m *mountFields) setText(key, value string) (known bool, err error) {
	if kind, _, is := strings.Cut(key, "-"); is {
		m.kinds[kind] = true
	}
	switch key {
	case "type":
		m.Type = strings.ToLower(value)
	case "source", "src":
		m.source = value
	case "target", "dst", "destination":
		m.target = value
	case "consistency": // of Docker on other systems; here it has no meaning
	case "relabel":
		return true, m.setRelabel(value)
	case "bind-propagation":
		return true, m.setPropagation(strings.ToLower(value))
	case "bind-recursive":
		return true, m.setRecursive(value)
	case "volume-label":
		addPair(&m.volume.Labels, value)
	case "volume-opt":
		addPair(&m.volume.Options, value)
	case "volume-driver":
		if value != container.VolumeDriver {
			return true, fmt.Errorf("invalid value for volume-driver: %q: %s is the only driver", value, container.VolumeDriver)
		}
	case "tmpfs-size":
		m.size = value
	case "tmpfs-mode":
		m.mode = value
	default:
		return false, nil
	}
	return true, nil
}

// insteadOfMountOption says more of options that others have.
func insteadOfMountOption(key string) string {
	switch {
	case key == "volume-subpath":
		return ": a part of a volume cannot be mounted yet"
	case strings.HasPrefix(key, "image-"):
		return ": images are not mounted in containers yet"
	case key == "bind-idmap" || key == "idmap":
		return ": mounts with other ids are not there yet; U gives the source to the container's user"
	case key == "size" || key == "mode":
		return ": for type=tmpfs it is tmpfs-" + key
	}
	return ""
}

// boolean is what an option sets that needs no value, or nil.
func (m *mountFields) boolean(key string) *bool {
	switch key {
	case "readonly", "ro":
		return &m.ReadOnly
	case "bind-nonrecursive":
		m.kinds["bind"] = true
		return &m.NonRecursive
	case "bind-create-src":
		m.kinds["bind"] = true
		return &m.CreateSource
	case "volume-nocopy":
		m.kinds["volume"] = true
		return &m.volume.NoCopy
	case "u", "chown": // podman's
		return &m.Chown
	}
	return nil
}

func setBoolean(flag *bool, key, value string, hasValue bool) error {
	switch {
	case !hasValue, value == "true", value == "1":
		*flag = true
	case value == "false", value == "0":
		*flag = false
	default:
		return fmt.Errorf(`invalid value for %q: %q is none of true, 1, false and 0`, key, value)
	}
	return nil
}

func (m *mountFields) setRelabel(value string) error {
	if value != spec.RelabelShared && value != spec.RelabelPrivate {
		return fmt.Errorf("invalid value for relabel: %q is neither %s nor %s", value, spec.RelabelShared, spec.RelabelPrivate)
	}
	m.Relabel = value
	return nil
}

func (m *mountFields) setPropagation(value string) error {
	if !spec.IsPropagation(value) {
		return fmt.Errorf("invalid propagation mode: %q is none of private, rprivate, slave, rslave, shared and rshared", value)
	}
	m.Propagation = value
	return nil
}

func (m *mountFields) setRecursive(value string) error {
	switch value {
	case "enabled", "disabled", "writable", "readonly":
		m.recursive = value
		return nil
	}
	return fmt.Errorf("invalid value for bind-recursive: %q (must be enabled, disabled, writable or readonly)", value)
}

// checkType refuses the types that are not there, and options that are another type's.
func (m *mountFields) checkType() error {
	switch m.Type {
	case spec.MountBind, spec.MountTmpfs, spec.MountVolume:
	case "":
		m.Type = spec.MountVolume
	case "image":
		return errors.New("type=image: images are not mounted in containers yet; mydocker image mount gives a directory for type=bind")
	case "npipe", "cluster":
		return fmt.Errorf("type=%s: %s", m.Type, map[string]string{"npipe": onWindows, "cluster": noSwarm}[m.Type])
	default:
		return fmt.Errorf("mount type unknown: %q is none of volume, bind and tmpfs", m.Type)
	}
	for _, kind := range []string{spec.MountBind, spec.MountTmpfs, spec.MountVolume} {
		if m.kinds[kind] && kind != m.Type {
			return fmt.Errorf("cannot mix '%s-*' options with mount type '%s'", kind, m.Type)
		}
	}
	return nil
}

func (m *mountFields) bind() (mount spec.Mount, err error) {
	if m.source == "" {
		return mount, errors.New("source is required for type=bind: src=PATH")
	}
	if m.Source, err = parseSource(m.source); err != nil {
		return mount, err
	}
	switch m.recursive {
	case "enabled":
		m.NonRecursive = false
	case "disabled":
		m.NonRecursive = true
	case "writable":
		m.OnlyTop = true
	case "readonly":
		m.RecursiveReadOnly = true
	}
	switch {
	case !m.ReadOnly && (m.OnlyTop || m.RecursiveReadOnly):
		return mount, fmt.Errorf("option 'bind-recursive=%s' requires 'readonly' to be specified in conjunction", m.recursive)
	case m.RecursiveReadOnly && m.Propagation != "rprivate":
		return mount, errors.New("option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction")
	case m.NonRecursive && (m.OnlyTop || m.RecursiveReadOnly):
		return mount, fmt.Errorf("option 'bind-recursive=%s' and 'bind-nonrecursive' cannot stand together", m.recursive)
	}
	return m.Mount, nil
}

func (m *mountFields) tmpfs() (mount spec.Mount, err error) {
	switch {
	case m.source != "":
		return mount, errors.New("field source must not be specified for type=tmpfs: what is in memory has none")
	case m.Chown:
		return mount, errors.New("option U is for type=bind: --tmpfs DST:uid=UID,gid=GID is a tmpfs of somebody's")
	case m.Relabel != "":
		return mount, errors.New("relabel is for type=bind")
	}
	m.NoExec, m.NoSuid, m.NoDev = true, true, true
	var data []string
	if m.size != "" {
		size, err := parseMemory(m.size)
		if err != nil {
			return mount, fmt.Errorf("invalid value for tmpfs-size: %q: %w", m.size, err)
		}
		data = append(data, "size="+strconv.FormatInt(size, 10)) // 0 is no limit for the kernel, too
	}
	if m.mode != "" {
		if err := checkMode(m.mode); err != nil {
			return mount, fmt.Errorf("invalid value for tmpfs-mode: %w", err)
		}
		data = append(data, "mode="+m.mode)
	}
	m.Data = strings.Join(data, ",")
	return m.Mount, nil
}

// addPair adds KEY=VALUE; a key alone has the value "".
func addPair(pairs *map[string]string, text string) {
	if *pairs == nil {
		*pairs = map[string]string{}
	}
	key, value, _ := strings.Cut(text, "=")
	(*pairs)[key] = value
}

// ofVolume is a volume of the store, or without a source one that nobody has named.
func (m *mountFields) ofVolume() (mount spec.Mount, err error) {
	if _, err := volume.ParseOptions(m.volume.Options); err != nil {
		return mount, fmt.Errorf("invalid value for volume-opt: %w", err)
	}
	switch {
	case m.source != "":
		if err := volume.CheckName(m.source); err != nil {
			return mount, fmt.Errorf("%w (type=bind is a directory of the host)", err)
		}
		m.volume.Name = m.source
	case !m.Chown && !m.volume.NoCopy && len(m.volume.Labels)+len(m.volume.Options) == 0:
		return m.Mount, nil
	}
	m.Volume = &m.volume
	return m.Mount, nil
}
