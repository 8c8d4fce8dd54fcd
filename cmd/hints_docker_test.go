package cmd

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mydocker/mydocker/cmd/exit"
)

// The flags of "docker run" in Docker 20.10 to 29, the hidden ones too, and those
// with one letter.
const flagsOfDocker = `add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent
	cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus
	cpuset-cpus cpuset-mems detach detach-keys device device-cgroup-rule device-read-bps device-read-iops
	device-write-bps device-write-iops disable-content-trust dns dns-opt dns-option dns-search domainname entrypoint
	env env-file expose gpus group-add health-cmd health-interval health-retries health-start-interval
	health-start-period health-timeout help hostname init interactive io-maxbandwidth io-maxiops ip ip6 ipc isolation
	kernel-memory label label-file link link-local-ip log-driver log-opt mac-address memory memory-reservation
	memory-swap memory-swappiness mount name net net-alias network network-alias no-healthcheck oom-kill-disable
	oom-score-adj pid pids-limit platform privileged publish publish-all pull quiet read-only restart rm runtime
	security-opt shm-size sig-proxy stop-signal stop-timeout storage-opt sysctl tmpfs tty ulimit use-api-socket user
	userns uts volume volume-driver volumes-from workdir
	a c d e h i l m P p q t u v w`

// The flags of Docker's client, before its command.
const globalFlagsOfDocker = `config context debug host log-level tls tlscacert tlscert tlskey tlsverify version D H l v`

// The commands of Docker 20.10 to 29, and of the plugins that come with it. "init" is
// one, too, and something else here.
const commandsOfDocker = `attach bake build builder buildx checkpoint commit compose completion config container context
	cp create diff events exec export help history image images import info inspect kill load login logout logs manifest
	network node pause plugin port ps pull push rename restart rm rmi run save search secret service stack start stats
	stop swarm system tag top trust unpause update version volume wait
	ai app cloud debug desktop dev extension feedback mcp model offload pass sandbox sbom scan scout`

// Everything that Docker has is there, or is refused with what to do instead, and
// nothing is both.
func TestWhatDockerHas(t *testing.T) {
	app := quietApp([]string{"mydocker"})
	var flags, commands, global []string
	for _, flag := range app.Flags {
		global = append(global, flag.Names()...)
	}
	for _, flag := range app.Command(runName).Flags {
		flags = append(flags, flag.Names()...)
	}
	for _, c := range app.Commands {
		commands = append(commands, c.Name)
	}
	for _, test := range []struct {
		kind, docker string
		have         []string
		hints        []hint
	}{{"flag", flagsOfDocker, flags, dockerFlags()}, {"command", commandsOfDocker, commands, dockerCommands()}, {"global flag", globalFlagsOfDocker, global, dockerGlobalFlags()}} {
		all := strings.Fields(test.docker)
		var told []string
		for _, h := range test.hints {
			told = append(told, strings.Fields(h.names)...)
			if h.text == "" || utf8.RuneCountInString(h.text) > 120 || strings.HasSuffix(h.text, ".") {
				t.Errorf("%s %s: %q", test.kind, h.names, h.text)
			}
		}
		for _, name := range all {
			if is := slices.Contains(test.have, name); is == slices.Contains(told, name) {
				t.Errorf("%s %s: it is there: %v; there is a line for it: %v", test.kind, name, is, !is)
			}
		}
		for i, name := range told {
			if !slices.Contains(all, name) || slices.Contains(told[i+1:], name) {
				t.Errorf("%s %s is not one of Docker's, or stands there twice", test.kind, name)
			}
		}
	}
}

// What is refused is called as the user wrote it.
func TestRefusedFlags(t *testing.T) {
	for arg, want := range map[string]string{
		"-p8080:80":       "there is no -p, as in -p8080:80: no ports are forwarded yet; --network host is the host's network",
		"-dP":             "there is no -P, as in -dP: no ports are forwarded yet; --network host is the host's network",
		"-P":              "there is no -P: no ports are forwarded yet; --network host is the host's network",
		"--ip":            "there is no --ip: " + noBridge,
		"--w=/tmp":        "unknown flag --w; did you mean -w?",
		"-memry":          "unknown flag -memry; did you mean --memory?",
		"--memry=5m":      "unknown flag --memry; did you mean --memory?",
		"-mem":            "unknown flag -mem; did you mean --memory?",
		"-cpu":            "unknown flag -cpu; did you mean --cpus?",
		"-pids-limt":      "unknown flag -pids-limt; did you mean --pids-limit?",
		"-x":              "unknown flag -x",
		"-ix":             "unknown flag -x in -ix",
		"-max":            "unknown flag -max",
		"--interactive ":  "unknown flag --interactive ; did you mean --interactive?",
		"--version":       "unknown flag --version",
		"--nosuch":        "unknown flag --nosuch",
		"--init=":         `invalid value "" for --init: neither true nor false`,
		"-i=":             `there is no value behind "-i="`,
		"-u=":             `there is no value behind "-u="`,
		"--init=yes":      `invalid value "yes" for --init: neither true nor false`,
		"-ti=on":          `invalid value "on" for --interactive: neither true nor false`,
		"--explain=":      `there is no value behind "--explain="`,
		"--memory":        "--memory needs a value",
		"-im":             "-m needs a value",
		"--rm=perhaps":    `invalid value "perhaps" for --rm: neither true nor false`,
		"--stop-signal":   "--stop-signal needs a value",
		"--no-such-flag=": "unknown flag --no-such-flag",
	} {
		args := []string{"mydocker", "run", arg}
		_, err := separateCommand(quietApp(args), args)
		if err == nil || err.Error() != exit.Usage(want).Error() {
			t.Errorf("%s: %v\nwant %s", arg, err, want)
		}
	}
}
