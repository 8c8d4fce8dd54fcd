package cmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"
)

// Whichever way it is called as docker, the words behind that are the command line.
func TestCalledBy(t *testing.T) {
	for line, want := range map[string]string{
		"mydocker run true": "mydocker: run true", "docker run alpine": "docker: run alpine", "/usr/bin/docker ps": "docker: ps",
		"mydocker docker run alpine": "docker: run alpine", "./mydocker docker": "docker: ", "docker docker images": "docker: images",
		"docker.io run x": "mydocker: run x", "mydocker run docker": "mydocker: run docker", "-docker ps": "mydocker: ps",
	} {
		args := calledBy(strings.Fields(line))
		if got := nameIn(args) + ": " + strings.Join(args[1:], " "); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// Docker's run is mydocker's with the image as a flag, and with what Docker does unless told
// otherwise.
func TestDockersRun(t *testing.T) {
	for line, want := range map[string]string{
		"run -it --rm alpine sh":                   "run --rm=false --pids-limit=-1 -i -t --rm --image=alpine -- sh",
		"run alpine":                               "run --rm=false --pids-limit=-1 --image=alpine",
		"run -- alpine -c x":                       "run --rm=false --pids-limit=-1 --image=alpine -- -c x",
		"run alpine -- x":                          "run --rm=false --pids-limit=-1 --image=alpine -- -- x",
		"run -m 64m -e A=b -w/tmp alpine env -m":   "run --rm=false --pids-limit=-1 -m 64m -e A=b -w=/tmp --image=alpine -- env -m",
		"run --pids-limit 5 alpine:3 sh":           "run --rm=false --pids-limit=-1 --pids-limit 5 --image=alpine:3 -- sh",
		"run --name x localhost:5000/a@sha256:b c": "run --rm=false --pids-limit=-1 --name x --image=localhost:5000/a@sha256:b -- c",
		"--debug run -i alpine cat":                "--debug run --rm=false --pids-limit=-1 -i --image=alpine -- cat",
		"run --help":                               "run --help",
		"container run alpine":                     "run --rm=false --pids-limit=-1 --image=alpine",
		"--log-level info container run alpine x":  "--log-level info run --rm=false --pids-limit=-1 --image=alpine -- x",
	} {
		args := append([]string{"docker"}, strings.Fields(line)...)
		app := quietApp(args)
		got, err := separateCommand(app, withoutGroup(app, args))
		if err != nil || !slices.Equal(got[1:], strings.Fields(want)) {
			t.Errorf("%s: %q, %v; want %s", line, got, err, want)
		}
	}
}

func TestDockersRunErrors(t *testing.T) {
	for line, want := range map[string]string{
		"run":                   "run: no image given",
		"run -it":               "run: no image given",
		"run --":                "run: no image given",
		"run --image x alpine":  "there is no --image: ",
		"run -p 80:80 nginx":    "there is no -p: ",
		"run --nosuch alpine":   "unknown flag --nosuch",
		"run --mount":           "--mount needs a value",
		"exec -it x":            "exec: a container and a command are needed",
		"compose up":            `there is no command "compose": `,
		"build .":               `there is no command "build": `,
		"image build .":         `there is no command "build": `,
		"network ls":            `there is no command "network": `,
		"container nosuch":      `unknown command "container nosuch"`,
		"-H tcp://x ps":         "there is no -H: ",
		"rnu alpine":            `unknown command "rnu"; did you mean run?`,
		"-it alpine":            "-it are flags of run, and stand behind it: docker run -it ...",
		"--network host alpine": "--network is a flag of run, and stands behind it: docker run --network ...",
	} {
		args := append([]string{"docker"}, strings.Fields(line)...)
		if err := runApp(quietApp(args), args); err == nil || !strings.HasPrefix(err.Error(), want) || exitCode(err) != codeRuntime {
			t.Errorf("%s: %v; want %s", line, err, want)
		}
	}
	if _, err := separateCommand(quietApp([]string{"docker", "run"}), []string{"docker", "run", "", "sh"}); err == nil || err.Error() != `run: "" names no image` {
		t.Errorf("an empty name: %v", err)
	}
}

// The long forms are the short ones, as far as mydocker has no group of that name.
func TestWithoutGroup(t *testing.T) {
	app := &cli.Command{Name: dockerName, Commands: []*cli.Command{
		{Name: "run"}, {Name: "ps"}, {Name: "rm"}, {Name: "exec"}, {Name: "pull"}, {Name: "rmi"},
		{Name: "image", Commands: []*cli.Command{{Name: "rm"}, {Name: "ls"}}},
	}}
	completeOnce := func(words string) []string {
		return withoutGroup(app, append([]string{"docker"}, strings.Fields(words)...))[1:]
	}
	for line, want := range map[string]string{
		"container ls -a": "ps -a", "container list": "ps", "container rm x": "rm x", "container remove x": "rm x",
		"container exec x": "exec x", "container nosuch": "container nosuch", "container": "container", "container --help": "container --help",
		"image rm x": "image rm x", "image remove x": "rmi x", "image pull x": "pull x", "image ls": "image ls",
		"system df": "system df", "ps container ls": "ps container ls", "run container ls": "run container ls",
	} {
		if got := strings.Join(completeOnce(line), " "); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// Docker's run has the flags of mydocker's, read the same way, and the word behind them is the
// image.
func FuzzDockersRun(f *testing.F) {
	f.Add("-it --rm alpine sh")
	f.Add("-im64m -- alpine -c x")
	f.Add("--name= --name x -tw/tmp a b --")
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, " ")
		if len(words) > 12 {
			return
		}
		mine, docker := append([]string{"mydocker", "run"}, words...), append([]string{"docker", "run"}, words...)
		reader := &flagReader{app: quietApp(mine), command: runName, rest: mine[2:]}
		wantErr := reader.readAll()
		got, err := separateCommand(quietApp(docker), docker)
		switch {
		case wantErr != nil:
			if err == nil || err.Error() != wantErr.Error() {
				t.Fatalf("%q: %v, want %v", docker, err, wantErr)
			}
			return
		case err != nil:
			if len(reader.rest) > 0 && reader.rest[0] != "" && !slices.ContainsFunc(reader.flags, isImageFlag) {
				t.Fatalf("%q: %v", docker, err)
			}
			return
		case len(reader.rest) == 0: // its help
			return
		}
		want := slices.Concat([]string{"docker", "run", "--rm=false", "--pids-limit=-1"}, reader.flags, []string{"--image=" + reader.rest[0]})
		if command := reader.rest[1:]; len(command) > 0 {
			want = slices.Concat(want, []string{"--"}, command)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q:\ngot  %q\nwant %q", docker, got, want)
		}
	})
}

func isImageFlag(flag string) bool { return strings.HasPrefix(flag, "--image") }
