package cmd

import (
	"slices"
	"strings"
	"testing"
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

// The long forms of what the front program has are the short ones, under both names.
func TestWithoutGroup(t *testing.T) {
	for line, want := range map[string]string{
		"container run x": "run x", "container stop -t 1 x": "stop -t 1 x", "container exec x ls": "exec x ls", "container update x": "update x",
		"container rm x": "rm x", "container remove x": "rm x", "container rm": "rm", "container run --help": "run --help",
		"container ls -a": "container ls -a", "container boot": "container boot", "container nosuch": "container nosuch",
		"container": "container", "container --help": "container --help", "container pull x": "container pull x",
		"image rm x": "image rm x", "image run x": "image run x", "image build .": "build .", "system df": "system df",
		"ps container rm": "ps container rm", "run container rm": "run container rm", "docker container stop": "docker container stop",
		"--debug container stop x": "--debug container stop x",
	} {
		for _, name := range []string{ownName, dockerName} {
			args := append([]string{name}, strings.Fields(line)...)
			if got := strings.Join(withoutGroup(quietApp(args), args)[1:], " "); got != strings.Replace(want, "--debug container", "--debug", 1) {
				t.Errorf("%s %s: %s, want %s", name, line, got, want)
			}
			if strings.HasPrefix(line, "image") {
				continue
			}
			if got := strings.Join(withoutContainer(args)[1:], " "); got != want {
				t.Errorf("%s %s, before anything else: %s, want %s", name, line, got, want)
			}
		}
	}
}

// The group has all that stands alone, too: what its help lists is what can be typed.
func TestGroupContainer(t *testing.T) {
	app := quietApp([]string{ownName, "help"})
	group := app.Command(containerName)
	for _, verb := range append(containerVerbs(), frontCommand{name: runName}, frontCommand{name: updateName}) {
		c := group.Command(verb.name)
		if c == nil {
			t.Errorf("there is no container %s", verb.name)
			continue
		}
		var flags, alone []string
		for _, flag := range c.Flags {
			flags = append(flags, flag.Names()...)
		}
		for _, flag := range app.Command(verb.name).Flags {
			alone = append(alone, flag.Names()...)
		}
		slices.Sort(flags)
		slices.Sort(alone)
		if !slices.Equal(flags, alone) {
			t.Errorf("container %s has the flags %q, alone %q", verb.name, flags, alone)
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
