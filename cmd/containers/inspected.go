package containers

import (
	"cmp"
	"path/filepath"
	"strings"
	"time"

	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/state"
)

// inspectedContainer is a container in the words of Docker's API.
type inspectedContainer struct {
	ID              string `json:"Id"`
	Created         string
	Path            string
	Args            []string
	State           inspectedState
	Image           string
	ResolvConfPath  string
	HostnamePath    string
	HostsPath       string
	LogPath         string
	Name            string
	RestartCount    int
	Driver          string
	Platform        string
	MountLabel      string
	ProcessLabel    string
	AppArmorProfile string
	ExecIDs         []string
	HostConfig      hostConfig
	GraphDriver     graphDriver
	SizeRw          *int64 `json:",omitempty"`
	SizeRootFs      *int64 `json:",omitempty"`
	Mounts          []mountPoint
	Config          inspectedConfig
	NetworkSettings networkSettings
}

// graphDriver says where the root file system lies.
type graphDriver struct {
	Data map[string]string
	Name string
}

// inspectedConfig is what the container was made of: what its image says, with what the flags have
// said instead.
type inspectedConfig struct {
	Hostname, Domainname, User              string
	AttachStdin, AttachStdout, AttachStderr bool
	ExposedPorts                            map[string]struct{} `json:",omitempty"`
	Tty, OpenStdin, StdinOnce               bool
	Env, Cmd                                []string
	Healthcheck                             *image.Healthcheck `json:",omitempty"`
	Image                                   string
	Volumes                                 map[string]struct{}
	WorkingDir                              string
	Entrypoint, OnBuild                     []string
	Labels                                  map[string]string
	StopSignal                              string `json:",omitempty"`
	StopTimeout                             *int   `json:",omitempty"`
}

// networkSettings are those of a container without a network: it has a loopback device alone, or
// the host's.
type networkSettings struct {
	Bridge, SandboxID, SandboxKey, EndpointID, Gateway, IPAddress, IPv6Gateway, GlobalIPv6Address, MacAddress string

	IPPrefixLen, GlobalIPv6PrefixLen int
	Ports                            map[string]any
	Networks                         map[string]endpoint
}

type endpoint struct {
	NetworkID, EndpointID, Gateway, IPAddress, IPv6Gateway, GlobalIPv6Address, MacAddress string

	IPPrefixLen, GlobalIPv6PrefixLen int
	Aliases                          []string
}

// inspectedOf tells of a container. sizes is whether it is also told how much it has written.
func inspectedOf(dir string, l *state.Listed, sizes bool) (*inspectedContainer, error) {
	s := specOf(l)
	stated, err := stateOf(l, s)
	if err != nil {
		return nil, err
	}
	o := &inspectedContainer{
		ID: l.ID, Created: timeOf(&l.Created), Args: []string{}, State: stated, Image: imageID(dir, l.Manifest),
		Name: "/" + l.Name, RestartCount: l.Restarts, Driver: "overlay", Platform: "linux",
		HostConfig: hostConfigOf(l, s), GraphDriver: graphDriver{Name: "overlay"},
		Mounts: mountsOf(dir, l, s), Config: configOf(l, s), NetworkSettings: networkSettings{Ports: map[string]any{}},
	}
	if words := l.Command(); len(words) > 0 {
		o.Path, o.Args = words[0], append(o.Args, words[1:]...)
	}
	if network := networkOf(s); network != "" {
		o.NetworkSettings.Networks = map[string]endpoint{network: {}}
	}
	if l.Path == "" { // it runs in the foreground
		return o, nil
	}
	o.LogPath = logs.Current(filepath.Join(l.Path, state.LogDirName))
	o.GraphDriver.Data = layersOf(dir, l)
	if sizes {
		written := writtenBy(l.Path)
		whole := imageSize(dir, l.Manifest) + written
		o.SizeRw, o.SizeRootFs = &written, &whole
	}
	return o, nil
}

// timeOf is a time in RFC 3339, as Docker has it: the year 1 where nothing is known.
func timeOf(t *time.Time) string {
	if t == nil {
		t = &time.Time{}
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// imageID is the id of an image, or what is known of one that is damaged.
func imageID(dir string, manifest image.Digest) string {
	if manifest == "" {
		return ""
	}
	record, err := image.LayoutIn(dir).ReadRecord(manifest)
	if err != nil {
		return string(manifest)
	}
	return string(record.ID())
}

// layersOf are the directories of which overlayfs makes the root, as far as they are there.
func layersOf(dir string, l *state.Listed) map[string]string {
	data := map[string]string{
		"UpperDir": filepath.Join(l.Path, overlay.RootLayer, "upper"), "WorkDir": filepath.Join(l.Path, overlay.RootLayer, "work"),
	}
	if l.Manifest == "" {
		return data
	}
	opened, err := image.OpenManifest(dir, l.Manifest)
	if err != nil {
		return data
	}
	if lowers, err := opened.Lowers(l.Variant); err == nil {
		data["LowerDir"] = strings.Join(lowers, ":")
	}
	if opened.Close() != nil {
		return nil
	}
	return data
}

func configOf(l *state.Listed, s *detached.Spec) inspectedConfig {
	run := &l.Config
	c := inspectedConfig{
		User: run.User, ExposedPorts: run.ExposedPorts, Tty: l.TTY, OpenStdin: l.OpenStdin, StdinOnce: l.StdinOnce,
		AttachStdin: l.Attach.Stdin, AttachStdout: l.Attach.Stdout, AttachStderr: l.Attach.Stderr,
		Env: run.Env, Cmd: run.Cmd, Healthcheck: l.Settings.Health, Image: l.Image, Volumes: run.Volumes, WorkingDir: run.WorkingDir,
		Entrypoint: run.Entrypoint, OnBuild: run.OnBuild, Labels: run.Labels, StopSignal: run.StopSignal,
	}
	if c.Labels == nil {
		c.Labels = map[string]string{}
	}
	if s != nil {
		c.Hostname, c.Domainname = cmp.Or(s.World.Hostname, l.ID), s.World.Domainname
		if timeout := int(s.Lifetime.StopTimeout / time.Second); timeout != dockersStopTimeout {
			c.StopTimeout = &timeout
		}
	}
	return c
}

// dockersStopTimeout is the time in seconds between the stop signal and SIGKILL, unless it is asked
// for another.
const dockersStopTimeout = 10
