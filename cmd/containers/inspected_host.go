package containers

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
)

// hostConfig is what was asked for that depends on the host, in the words of Docker's API.
type hostConfig struct {
	Binds           []string
	ContainerIDFile string
	LogConfig       logConfig
	NetworkMode     string
	PortBindings    map[string]any
	RestartPolicy   restartPolicy
	AutoRemove      bool
	VolumeDriver    string
	VolumesFrom     []string
	CapAdd, CapDrop []string
	CgroupnsMode    string
	DNS             []string `json:"Dns"`
	DNSOptions      []string `json:"DnsOptions"`
	DNSSearch       []string `json:"DnsSearch"`
	ExtraHosts      []string
	GroupAdd        []string
	IpcMode         string
	OomScoreAdj     int
	PidMode         string
	Privileged      bool
	PublishAllPorts bool
	ReadonlyRootfs  bool
	SecurityOpt     []string
	Tmpfs           map[string]string `json:",omitempty"`
	UTSMode         string
	UsernsMode      string
	ShmSize         int64
	Sysctls         map[string]string `json:",omitempty"`
	Runtime         string
	Init            bool

	Memory, MemoryReservation, MemorySwap int64
	NanoCpus                              int64
	CPUPeriod                             int64  `json:"CpuPeriod"`
	CPUQuota                              int64  `json:"CpuQuota"`
	CPUShares                             uint64 `json:"CpuShares"`
	CpusetCpus, CpusetMems                string
	CgroupParent                          string
	BlkioWeight                           uint64
	Devices                               []deviceMapping
	DeviceCgroupRules                     []string
	PidsLimit                             *int64
	Ulimits                               []ulimit
}

type logConfig struct {
	Type   string
	Config map[string]string
}

type restartPolicy struct {
	Name              string
	MaximumRetryCount int
}

type deviceMapping struct{ PathOnHost, PathInContainer, CgroupPermissions string }

type ulimit struct {
	Name       string
	Hard, Soft int64
}

func hostConfigOf(l *state.Listed, s *detached.Spec) hostConfig {
	o := hostConfig{
		LogConfig:     logConfig{cmp.Or(l.Log.Driver, "json-file"), l.Log.Options},
		PortBindings:  map[string]any{},
		RestartPolicy: restartPolicy{cmp.Or(l.Restart.Name, state.RestartNo), l.Restart.Max},
		AutoRemove:    l.AutoRemove, Runtime: "mydocker", ShmSize: spec.DefaultShmSize, NetworkMode: networkOf(s),
	}
	if o.LogConfig.Config == nil {
		o.LogConfig.Config = map[string]string{}
	}
	for _, v := range l.Volumes {
		if !v.Anonymous {
			o.Binds = append(o.Binds, v.Name+":"+v.Target)
		}
	}
	if s == nil {
		return o
	}
	o.ContainerIDFile, o.CgroupParent, o.ReadonlyRootfs, o.Init = s.IDFile, s.CgroupParent, s.Root.ReadOnly, s.Init
	o.ShmSize = cmp.Or(s.ShmSize, o.ShmSize)
	o.addMounts(s.Mounts)
	o.addNamespaces(&s.Namespaces)
	o.addWorld(&s.World)
	o.addSecurity(&s.Security)
	if s.Resources != nil {
		o.addResources(s.Resources)
	}
	return o
}

// addMounts tells of what was asked for with --volume and --tmpfs.
func (o *hostConfig) addMounts(mounts []spec.Mount) {
	for i := range mounts {
		switch m := &mounts[i]; m.Type {
		case spec.MountBind:
			if slices.ContainsFunc(o.Binds, func(bind string) bool { return strings.HasSuffix(bind, ":"+m.Target) }) {
				continue // it is a volume
			}
			bind := m.Source + ":" + m.Target
			if m.ReadOnly {
				bind += ":ro"
			}
			o.Binds = append(o.Binds, bind)
		case spec.MountTmpfs:
			if o.Tmpfs == nil {
				o.Tmpfs = map[string]string{}
			}
			o.Tmpfs[m.Target] = m.Data
		}
	}
}

func (o *hostConfig) addNamespaces(n *spec.Namespaces) {
	mode := func(isHost bool, otherwise string) string {
		if isHost {
			return "host"
		}
		return otherwise
	}
	o.IpcMode, o.PidMode, o.UTSMode, o.UsernsMode = mode(n.HostIPC, "private"), mode(n.HostPID, ""), mode(n.HostUTS, ""), mode(n.HostUser, "")
	switch n.Cgroup {
	case spec.CgroupHost:
		o.CgroupnsMode = "host"
	case spec.CgroupPrivate:
		o.CgroupnsMode = "private"
	}
}

func (o *hostConfig) addWorld(w *spec.World) {
	o.GroupAdd = w.Groups
	if w.OOMScoreAdj != nil {
		o.OomScoreAdj = *w.OOMScoreAdj
	}
	for _, sysctl := range w.Sysctls {
		if o.Sysctls == nil {
			o.Sysctls = map[string]string{}
		}
		o.Sysctls[strings.ReplaceAll(sysctl.Path, "/", ".")] = sysctl.Value
	}
	for _, r := range w.Rlimits {
		o.Ulimits = append(o.Ulimits, ulimit{r.Name, int64(r.Hard), int64(r.Soft)})
	}
}

func (o *hostConfig) addSecurity(s *spec.Security) {
	o.CapAdd, o.CapDrop, o.Privileged = s.CapAdd, s.CapDrop, s.Privileged
	if s.Seccomp != "" {
		o.SecurityOpt = append(o.SecurityOpt, "seccomp="+s.Seccomp)
	}
	if s.NoNewPrivileges {
		o.SecurityOpt = append(o.SecurityOpt, "no-new-privileges")
	}
	if s.UnconfinedPaths {
		o.SecurityOpt = append(o.SecurityOpt, "systempaths=unconfined")
	}
	for _, d := range s.Devices {
		o.Devices = append(o.Devices, deviceMapping{d.Source, d.Target, d.Access})
	}
	for i := range s.DeviceRules {
		o.DeviceCgroupRules = append(o.DeviceCgroupRules, s.DeviceRules[i].String())
	}
}

func (o *hostConfig) addResources(r *subsystems.ResourceConfig) {
	o.Memory, o.MemoryReservation, o.MemorySwap = r.Memory.Value, r.MemoryReservation, r.MemorySwap
	o.NanoCpus, o.CPUPeriod, o.CPUQuota, o.CPUShares = int64(cpusOf(r)*1e9), r.CPUPeriod, r.CPUQuota, r.CPUShares.Value
	o.CpusetCpus, o.CpusetMems, o.BlkioWeight = r.CPUs.Value.String(), r.CPUSetMems.String(), r.BlkioWeight
	if o.MemorySwap == 0 { // the kernel is told twice the memory
		o.MemorySwap = 2 * o.Memory
	}
	if r.PidsLimit.Value > 0 {
		o.PidsLimit = &r.PidsLimit.Value
	}
}

// cpusOf is how many CPUs' time a container may use, 0 for all.
func cpusOf(r *subsystems.ResourceConfig) float64 {
	const kernelsPeriod = 100_000
	return float64(r.CPUQuota) / float64(cmp.Or(r.CPUPeriod, kernelsPeriod))
}

// cpusText is the same as --cpus has it.
func cpusText(cpus float64) string { return strconv.FormatFloat(cpus, 'g', 4, 64) }
