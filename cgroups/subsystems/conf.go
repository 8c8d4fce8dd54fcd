package subsystems

import "strings"

// CoreName stands for what every v2 cgroup has without a controller: the files
// that begin with "cgroup.".
const CoreName = "cgroup"

// IsController reports whether a v2 cgroup has to be given what is called name by the one
// above.
func IsController(name string) bool { return name != CoreName && name != DevicesName }

// Conf is a value for any file of the container's v2 cgroup.
type Conf struct{ File, Value string }

// controller is the one that the file belongs to.
func (c Conf) controller() string {
	name, _, _ := strings.Cut(c.File, ".")
	return name
}

func confSettings(name string, res *ResourceConfig) []Setting {
	var settings []Setting
	for _, c := range res.Conf {
		if c.controller() == name {
			settings = append(settings, Setting{
				File: c.File, Value: c.Value, Asked: true, OnlyV2: true, Flag: "--cgroup-conf " + c.File + "=" + c.Value, Needs: "a kernel whose cgroup v2 has such a file",
				Why: "You asked for it: see cgroup-v2.rst of the kernel's documentation.",
			})
		}
	}
	return settings
}
