package oci

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/utils"
)

// ConfigFile is the configuration's name in a bundle.
const ConfigFile = "config.json"

// maxConfig is how long a configuration may be, in bytes. What it becomes is several times that.
const maxConfig = 16 << 20

// loader is a configuration that becomes a plan.
type loader struct {
	spec    *specs.Spec
	options Options
	bundle  string
	raw
	plan *lifecycle.Plan
}

// Load reads the bundle in a directory.
func Load(bundle string, options Options) (*lifecycle.Plan, error) {
	bundle, err := filepath.Abs(bundle)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	file := cmp.Or(options.Config, ConfigFile)
	if !filepath.IsAbs(file) {
		file = filepath.Join(bundle, file)
	}
	text, err := readConfig(file)
	if err != nil {
		return nil, err
	}
	plan, err := planOf(text, bundle, options)
	if err != nil {
		return nil, &lineError{fmt.Errorf("%s: %w", ConfigFile, err)}
	}
	return plan, nil
}

// lineError is an error whose text is one line that a terminal prints as it stands: it holds what
// anybody may have written.
type lineError struct{ err error }

func (e *lineError) Error() string { return utils.OneLine(e.err.Error()) }
func (e *lineError) Unwrap() error { return e.err }

// readConfig reads a configuration, which may be behind a link of the engine's.
func readConfig(path string) ([]byte, error) {
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if errors.Is(err, unix.ENOENT) {
		return nil, fmt.Errorf("JSON specification file %s not found: %w (--bundle names its directory, spec writes one)", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	text, err := utils.ReadOpen(fd, maxConfig)
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

func planOf(text []byte, bundle string, options Options) (*lifecycle.Plan, error) {
	l := loader{spec: new(specs.Spec), options: options, bundle: bundle}
	var err error
	if l.raw, err = decodeSpec(string(text), l.spec); err != nil {
		return nil, err
	}
	if err := in("ociVersion", checkVersion(l.spec.Version)); err != nil {
		return nil, err
	}
	l.plan = &lifecycle.Plan{
		OCIVersion: l.spec.Version, Bundle: bundle, Annotations: l.spec.Annotations, Config: text,
		ProcessConfig: []byte(l.raw.process), Systemd: options.Systemd, Hooks: l.spec.Hooks,
	}
	if l.spec.Linux == nil {
		l.spec.Linux = new(specs.Linux)
	}
	l.plan.CgroupsPath, l.plan.Resources = l.spec.Linux.CgroupsPath, l.spec.Linux.Resources
	for _, part := range []func() error{
		l.checkAnnotations, l.dropKernelMemory, l.root, l.namespaces, l.names, l.process, l.sysctls, l.restrict, l.domains, l.checkHooks, l.refuse, l.rootFS,
	} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	if l.plan.Message.Marshal() == nil {
		return nil, errors.New("it holds a NUL byte")
	}
	return l.plan, nil
}

// checkVersion takes 1.0.0 to 1.3, release candidates and development versions included.
func checkVersion(version string) error {
	const newest = 3
	if version == "" {
		return errors.New("it is missing")
	}
	core, _, _ := strings.Cut(version, "+")
	core, _, _ = strings.Cut(core, "-")
	parts := strings.Split(core, ".")
	var numbers [3]uint64
	if len(parts) != len(numbers) {
		return fmt.Errorf("%q is not a version such as 1.3.0", utils.Shortened(version))
	}
	for n, part := range parts {
		number, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is not a version such as 1.3.0", utils.Shortened(version))
		}
		numbers[n] = number
	}
	if numbers[0] != 1 || numbers[1] > newest {
		return fmt.Errorf("%q is not supported: mydocker knows 1.0.0 to 1.%d", utils.Shortened(version), newest)
	}
	return nil
}

// checkAnnotations: their values are anything.
func (l *loader) checkAnnotations() error {
	if _, isThere := l.spec.Annotations[""]; isThere {
		return in("annotations", errors.New("a key is empty"))
	}
	return nil
}

// dropKernelMemory leaves out a limit that is deprecated and that Linux has not had since 5.16: the
// file takes any value, and nothing comes of it. Engines still pass it on.
func (l *loader) dropKernelMemory() error {
	resources := l.plan.Resources
	if resources == nil || resources.Memory == nil || resources.Memory.Kernel == nil || *resources.Memory.Kernel <= 0 { //nolint:staticcheck // deprecated
		return nil
	}
	resources.Memory.Kernel = nil //nolint:staticcheck // as above
	l.plan.Warnings = append(l.plan.Warnings, "linux.resources.memory.kernel: left out, for Linux has no such limit any more")
	return nil
}

// root finds the directory that becomes the container's root.
func (l *loader) root() error {
	if l.spec.Root == nil || l.spec.Root.Path == "" {
		return in("root.path", errMissing)
	}
	path := l.spec.Root.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.bundle, path)
	}
	found, err := utils.RealPath(path)
	if err != nil {
		return in("root.path", err)
	}
	info, err := os.Stat(found)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s: %w", found, unix.ENOTDIR)
	}
	if err == nil && found == "/" {
		err = errors.New("it is the host's own root")
	}
	l.plan.Rootfs = found
	return in("root.path", err)
}

// rootFS says how init makes the root file system.
func (l *loader) rootFS() error { return operations(l.spec, l.plan, l.options) }

const errMissing = utils.Sentinel("it is missing")

// names are those of the UTS namespace.
func (l *loader) names() error {
	const most = 64 // __NEW_UTS_LEN
	for _, name := range []struct{ field, value string }{{"hostname", l.spec.Hostname}, {"domainname", l.spec.Domainname}} {
		switch {
		case name.value == "":
		case !l.plan.Namespaces.Has(specs.UTSNamespace):
			return in(name.field, errors.New("it would be the host's: there is no UTS namespace among linux.namespaces"))
		case len(name.value) > most:
			return in(name.field, fmt.Errorf("it is longer than %d bytes", most))
		}
	}
	l.plan.Message.Process.Hostname, l.plan.Message.Process.Domainname = l.spec.Hostname, l.spec.Domainname
	return nil
}

// checkHooks checks what has to be so before any of them runs.
func (l *loader) checkHooks() error {
	hooks := l.spec.Hooks
	if hooks == nil {
		return nil
	}
	for _, list := range []struct {
		name  string
		hooks []specs.Hook
	}{
		{"prestart", hooks.Prestart}, {"createRuntime", hooks.CreateRuntime}, {"createContainer", hooks.CreateContainer}, //nolint:staticcheck // prestart is Docker's
		{"startContainer", hooks.StartContainer}, {"poststart", hooks.Poststart}, {"poststop", hooks.Poststop},
	} {
		for n, hook := range list.hooks {
			at := fmt.Sprintf("hooks.%s[%d]", list.name, n)
			if !filepath.IsAbs(hook.Path) {
				return in(at+".path", fmt.Errorf("%q is not an absolute path", utils.Shortened(hook.Path)))
			}
			if hook.Timeout != nil && *hook.Timeout <= 0 {
				return in(at+".timeout", fmt.Errorf("%d is not greater than 0", *hook.Timeout))
			}
		}
	}
	return nil
}
