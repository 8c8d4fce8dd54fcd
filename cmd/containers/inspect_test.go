package containers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
)

// keepWithSpec is keep for a container with a spec.
func keepWithSpec(t *testing.T, dir, id, name string, s *detached.Spec, change func(r *state.Record)) {
	t.Helper()
	keep(t, dir, id, name, func(r *state.Record) {
		r.Supervised = true
		change(r)
	})
	c, err := state.Open(dir, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Save(c); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

func service(t *testing.T) string {
	t.Helper()
	dir := newState(t)
	s := &detached.Spec{Spec: spec.Spec{
		Mounts: []spec.Mount{{Type: spec.MountBind, Source: "/srv", Target: "/mnt", ReadOnly: true}, {Type: spec.MountTmpfs, Target: "/t", Data: "size=1m"}},
		World:  spec.World{Hostname: "host", Rlimits: []spec.Rlimit{{Name: "nofile", Soft: 1, Hard: 2}}},
		Resources: &subsystems.ResourceConfig{
			Memory: subsystems.Limit[int64]{Value: 64 << 20}, CPUQuota: 50_000, CPUPeriod: 100_000,
		},
		Security: spec.Security{CapAdd: []string{"CAP_NET_ADMIN"}, NoNewPrivileges: true},
		Lifetime: spec.Lifetime{StopTimeout: 3 * time.Second},
	}}
	keepWithSpec(t, dir, "aaaaaaaaaaaa", "web", s, func(r *state.Record) {
		r.Config.Env, r.Config.Labels = []string{"A=1", "B=2"}, map[string]string{"x.y": "z"}
		r.Restart = state.RestartPolicy{Name: "on-failure", Max: 3}
		r.Volumes = []state.VolumeUse{{Name: "data", Target: "/data"}}
		r.Health = &image.Healthcheck{Test: []string{"CMD-SHELL", "true"}}
		r.Life = state.Life{
			Status: state.StatusExited, Started: &base, Exited: ptr(base.Add(time.Second)), ExitCode: 3, Reason: "its command ended with status 3",
			Usage: &state.Usage{PeakMemory: ptr(int64(4096)), OOMKills: ptr(int64(0))}, HealthStatus: "healthy", Restarts: 1,
		}
	})
	return dir
}

func TestInspect(t *testing.T) {
	service(t)
	for format, want := range map[string]string{
		"{{.Id}} {{.Name}} {{.Created}}":                                        "aaaaaaaaaaaa /web 2026-03-01T12:00:00Z",
		"{{.Path}} {{json .Args}}":                                              `sh ["-c","exit 3"]`,
		"{{.State.Running}} {{.State.Status}} {{.State.ExitCode}}":              "false exited 3",
		"{{.State.StartedAt}} {{.State.FinishedAt}} {{.State.Dead}}":            "2026-03-01T12:00:00Z 2026-03-01T12:00:01Z false",
		"{{.State.Health.Status}} {{json .State.Health.Log}}":                   "healthy []",
		"{{.State.Reason}} {{.State.Usage.PeakMemory}} {{.RestartCount}}":       "its command ended with status 3 4096 1",
		"{{.Config.Image}} {{.Config.Hostname}} {{.Config.StopTimeout}}":        "busybox host 3",
		"{{range .Config.Env}}[{{.}}]{{end}}":                                   "[A=1][B=2]",
		`{{index .Config.Labels "x.y"}}`:                                        "z",
		"{{json .Config.Cmd}} {{json .Config.Entrypoint}}":                      `["sh","-c","exit 3"] null`,
		"{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.NetworkMode}}":        "on-failure none",
		"{{.HostConfig.RestartPolicy.MaximumRetryCount}}":                       "3",
		"{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}":                       "67108864 500000000",
		"{{json .HostConfig.Binds}} {{json .HostConfig.Tmpfs}}":                 `["data:/data","/srv:/mnt:ro"] {"/t":"size=1m"}`,
		"{{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}}":                    "[CAP_NET_ADMIN] [no-new-privileges]",
		"{{.HostConfig.LogConfig.Type}}":                                        "json-file",
		"{{.NetworkSettings.IPAddress}}.":                                       ".",
		"{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}":            "none",
		"{{range .Mounts}}{{.Type}}:{{.Name}}:{{.Destination}}:{{.RW}} {{end}}": "volume:data:/data:true bind::/mnt:false tmpfs::/t:true ",
	} {
		for _, name := range []string{"web", "/web", "aaaa"} {
			output, failed := mydocker(t, "inspect", "--format", format, name)
			if output != want+"\n" || failed != "" {
				t.Errorf("%s: %q%s, want %q", format, output, failed, want)
			}
		}
	}
	output, failed := mydocker(t, "container", "inspect", "-s", "web")
	var objects []map[string]any
	if err := json.Unmarshal([]byte(output), &objects); err != nil || failed != "" || len(objects) != 1 || objects[0]["SizeRw"] != 0.0 {
		t.Errorf("%v: %s%s", err, output, failed)
	}
}

func TestInspectRefuses(t *testing.T) {
	service(t)
	expect(t, "inspect -f {{.Id}} nosuch web NOSUCH a/b/ ", "aaaaaaaaaaaa\n", "1:\nNo such object: nosuch\nNo such object: NOSUCH\nNo such object: a/b/")
	expect(t, "container inspect nosuch", "[]\n", "1:\nNo such container: nosuch")
	expect(t, "inspect --type volume web", "[]\n", "1:\nno such volume: web")
	expect(t, "inspect --type image web", "[]\n", "1:\nNo such image: web")
	expect(t, "inspect --type network web", "", `invalid value "network" for --type: there are container, image and volume`)
	expect(t, "inspect", "", "inspect: nothing named")
	if output, failed := mydocker(t, "inspect", "-f", "{{.Nosuch}}", "web"); output != "" || !strings.Contains(failed, "Nosuch") {
		t.Errorf("%s%s", output, failed)
	}
}

// What has no spec, or a damaged one, is told of all the same.
func TestInspectWithoutSpec(t *testing.T) {
	dir := newState(t)
	keep(t, dir, "aaaaaaaaaaaa", "old", nil)
	keep(t, dir, "bbbbbbbbbbbb", "bad", func(r *state.Record) { r.Supervised, r.Status = true, state.StatusRunning })
	expect(t, "inspect -f {{.Id}}:{{.State.Status}}:{{.State.ExitCode}}:{{.State.Reason}} old bad",
		"aaaaaaaaaaaa:exited:0:\nbbbbbbbbbbbb:dead:137:its supervisor was killed, and the container with it\n", "")
}
