package cgroups

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

func TestInTurn(t *testing.T) {
	tests := []struct {
		available, own utils.CPUList
		want           utils.CPUList
	}{
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 1, 2, 3}, utils.CPUList{1, 2, 3, 0}},
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 2}, utils.CPUList{0, 2}}, // no CPU 1
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 1, 3}, utils.CPUList{1, 3, 0}},
		{utils.CPUList{0}, utils.CPUList{0, 1}, utils.CPUList{0}},
		{utils.CPUList{2, 3}, utils.CPUList{0, 1}, utils.CPUList{2, 3}}, // mydocker is elsewhere
		{utils.CPUList{0, 1}, nil, utils.CPUList{1, 0}},                 // not known
	}
	for _, test := range tests {
		if got := inTurn(test.available, test.own, 1); !slices.Equal(got, test.want) {
			t.Errorf("inTurn(%v, %v) = %v, want %v", test.available, test.own, got, test.want)
		}
	}
}

func TestManagerCPUs(t *testing.T) {
	tests := []struct {
		available, parent string // cpuset.cpus of the top and of /mydocker
		cpus              utils.CPUList
		asked             bool
		want              utils.CPUList // a default is one of these: this test may run on a few CPUs alone
		err               string
	}{
		{"0-3\n", "", utils.CPUList{1}, false, utils.CPUList{0, 1, 2, 3}, ""},
		{"0-3\n", "", utils.CPUList{0, 1, 3}, true, utils.CPUList{0, 1, 3}, ""},
		{"0\n", "", utils.CPUList{1}, false, utils.CPUList{0}, ""},      // one CPU: no CPU 1
		{"2-3\n", "", utils.CPUList{1}, false, utils.CPUList{2, 3}, ""}, // CPU 1 is offline
		{"0-3\n", "2\n", utils.CPUList{1}, false, utils.CPUList{2}, ""},
		{"0-3\n", "\n", utils.CPUList{1}, false, utils.CPUList{0, 1, 2, 3}, ""}, // an empty parent is filled from above
		{"0-3\n", "", utils.CPUList{99}, true, nil, "CPUs 99 are not all available: this host (or the cgroup parent) has 0-3"},
		{"0-3\n", "2\n", utils.CPUList{1, 2}, true, nil, "CPUs 1-2 are not all available: this host (or the cgroup parent) has 2"},
		{"0-3\n", "", nil, true, nil, ""},
	}
	for _, version := range []subsystems.Version{subsystems.V1, subsystems.V2} {
		file := map[subsystems.Version]string{subsystems.V1: "cpuset.cpus", subsystems.V2: "cpuset.cpus.effective"}[version]
		for _, test := range tests {
			files := map[string]string{file: test.available}
			if test.parent != "" {
				files["mydocker/"+file] = test.parent
			}
			h := fake(t, version, files)
			res := &subsystems.ResourceConfig{CPUs: subsystems.Limit[utils.CPUList]{Value: test.cpus, Asked: test.asked}}
			log, text := newLog()
			_, err := NewCgroupManager(DefaultParent, testID, res, Layout{"memory": h, "cpuset": h, "cpu": h}, log)
			if test.err != "" {
				var cpus *UnavailableError
				if !errors.As(err, &cpus) || err.Error() != test.err {
					t.Errorf("v%d %+v: error %v", version, test, err)
				}
				continue
			}
			want := test.want
			if !test.asked {
				want = inTurn(want, utils.Affinity(0), 1)[:1]
			}
			if got := res.CPUs.Value; err != nil || !slices.Equal(got, want) || text.Len() > 0 {
				t.Errorf("v%d %+v: CPUs %v, not %v, %v, logged %q", version, test, got, want, err, text)
			}
		}
	}
}

// A cpuset that cannot be read: a default is left out, what was asked is not.
func TestManagerWithAnUnreadableCpuset(t *testing.T) {
	for _, asked := range []bool{false, true} {
		h := fake(t, subsystems.V1, map[string]string{"cpuset.cpus/is-a-directory": ""})
		res := &subsystems.ResourceConfig{CPUs: subsystems.Limit[utils.CPUList]{Value: utils.CPUList{0}, Asked: asked}}
		log, _ := newLog()
		// EISDIR is not among what a host just does not offer.
		if _, err := NewCgroupManager(DefaultParent, testID, res, Layout{"memory": h, "cpuset": h, "cpu": h}, log); !errors.Is(err, unix.EISDIR) {
			t.Errorf("asked %v: %v, want EISDIR", asked, err)
		}
	}
}
