package container

import (
	"reflect"
	"testing"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/wire"
)

func TestProcessOf(t *testing.T) {
	adj, mask := -5, uint32(0o27)
	world := spec.World{
		Hostname: "box", Domainname: "d", Dir: "/tmp", OOMScoreAdj: &adj, Umask: &mask,
		Sysctls: []spec.Sysctl{{Path: "net/x", Value: "1 2"}},
		Rlimits: []spec.Rlimit{{Name: "nofile", Resource: 7, Soft: 1024, Hard: spec.Unlimited}},
	}
	want := wire.Process{
		Hostname: "box", Domainname: "d", Dir: "/tmp", OOMScore: "/proc/self/oom_score_adj=-5", Umask: "17 0027",
		Sysctls: []string{"-/proc/sys/net/y=0", "/proc/sys/net/x=1 2"},
		Rlimits: []string{"7 400 ffffffffffffffff nofile=1024:unlimited"},
		User:    "3e8 a ", Groups: "a b ",
	}
	if got := processOf(&world, &users.Credentials{UID: 1000, GID: 10, Groups: []uint32{10, 11}}, []string{"-/proc/sys/net/y=0"}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := processOf(&spec.World{}, nil, nil); !reflect.DeepEqual(got, wire.Process{}) {
		t.Errorf("the zero value asks for %+v", got)
	}
}
