package cgroups

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// OOMKills returns how many processes of the container the kernel has killed for
// want of memory: those that memory.events counts on v2 (cgroup-v2.rst), and
// memory.oom_control on v1 since Linux 4.13. Without a memory cgroup it is 0.
func (m *CgroupManager) OOMKills() (int, error) {
	for _, t := range m.trees {
		if !slices.Contains(t.names(), subsystems.MemoryName) {
			continue
		}
		file := "memory.oom_control"
		if t.Version == subsystems.V2 {
			file = "memory.events"
		}
		content, err := utils.ReadFile(t.Dir(m.Path) + "/" + file)
		if utils.Gone(err) { // no memory limit: on v2 the controller is not enabled
			return 0, nil
		}
		return oomKills(content), err
	}
	return 0, nil
}

// oomKills finds the counter in the file's lines of "key value".
func oomKills(content string) int {
	for line := range strings.Lines(content) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if count, err := strconv.Atoi(value); key == "oom_kill" && err == nil {
			return count
		}
	}
	return 0
}
