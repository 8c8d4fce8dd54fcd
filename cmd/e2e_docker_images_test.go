package cmd_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dockerImages is what Docker and mydocker do alike with the same images, which both have:
// box:1, example.com:5000/team/box:x and other are one image, box:2 is another. ID is the first
// one's. The lines are in order; what one removes the next ones do not find.
const dockerImages = `images
images -a
images -q
images --no-trunc
images box
images box:2
images bo*
images b?x
images */box
images example.com:5000/team/*
images example.com:5000/*/box:x
images nosuch
images --filter label=a
images --filter label=a=b
images --filter label=a=c
images --filter label=a --filter label=c
images --filter dangling=true
images --filter dangling=false
images --filter before=box:2
images --filter since=box:1
images --filter reference=other
images --filter reference=other --filter reference=box:2
images --filter reference=o*
images -f before=nosuch
images --format {{.Repository}}
images --format table
images --format {{.ID}}|{{.Tag}}|{{.Size}}
images --format table|{{.ID}}\t{{.Repository}}:{{.Tag}}
images --format table|{{lower|.ID}}|{{upper|.Tag}}
images --format table|{{truncate|.Repository|3}}
images --format {{truncate|.Repository|3}}{{pad|.Tag|2|2}}|
images --format {{json|.Repository}}\n{{title|.Tag}}
images --format {{split|.Repository|"/"}}
images --format {{join|(split|.Repository|"/")|"-"}}
images --format {{println|.Tag}}
images --format {{len|.ID}}
images -q --format {{.Tag}}
history -q box:1
history box:2
history --no-trunc box:2
history --format {{.Comment}}|{{.CreatedBy}}|{{.Size}} box:2
history --format table|{{.ID}}\t{{.Comment}} box:2
history nosuch
image inspect --format {{.Id}} box:1
image inspect --format {{.ID}} ID other
image inspect --format {{.Os}}/{{.Architecture}}|{{json|.RootFS}}|{{.Created}} box:1
image inspect --format {{.Config.Cmd}}|{{.Config.Env}}|{{.Config.Labels}}|{{.Config.WorkingDir}}|{{.Config.User}} box:1 box:2
image inspect --format {{index|.Config.Labels|"a"}}|{{json|.Config.Cmd}}|{{json|.Config.ExposedPorts}} box:1
image inspect --format {{range|.Config.Env}}{{.}};{{end}}|{{len|.RootFS.Layers}} box:2
image inspect --format {{.Id}} nosuch box:1
image inspect --format {{.Comment}} box:2
image inspect nosuch
tag nosuch x
tag box:1 UPPER
tag box:1 third:1
tag ID third:2
images third
rmi nosuch
rmi third:1
image rm third:2 nosuch
rmi ID
rmi box:1 nosuch other
images
rmi -f ID
images
image prune -f
image prune --force --filter until=10m
rmi -f nosuch
tag box:2 box:3
tag box:2 box:2
rmi box:2
rmi box:3
images -aq
image prune -a -f
system prune -f`

// The same thing has other words, or is told at another moment.
var (
	ago          = regexp.MustCompile(`(About a minute|Less than a second|\d+ seconds?) ago`)
	trailing     = regexp.MustCompile(`(?m) +$`)
	spaces       = regexp.MustCompile(` {3,}`)
	deletedLayer = regexp.MustCompile(`(?m)^(Deleted: sha256:[0-9a-f]{64}\n)(Deleted: sha256:[0-9a-f]{64}\n)+`)
)

// TestDockerImages runs each line with both, and compares the status and what is printed.
func TestDockerImages(t *testing.T) {
	if os.Getenv(dockerVar) == "" {
		t.Skip("make test-docker runs it")
	}
	t.Setenv("MYDOCKER_STATE", t.TempDir())
	mydocker := filepath.Join(buildBinary(t), "mydocker")
	id := sameImages(t, mydocker)
	for line := range strings.Lines(dockerImages) {
		line = strings.TrimSpace(line)
		t.Run(line, func(t *testing.T) {
			args := strings.Fields(line)
			for i := range args {
				if strings.Contains(args[i], "{{") {
					args[i] = strings.ReplaceAll(args[i], "|", " ")
				}
				if args[i] == "ID" {
					args[i] = id
				}
			}
			wanted, wantedStatus := outputAndStatus(t, os.Getenv(dockerVar), args)
			got, status := outputAndStatus(t, mydocker, args)
			if got != wanted || status != wantedStatus {
				t.Errorf("status %d, printed\n%s\nDocker: status %d, printed\n%s", status, got, wantedStatus, wanted)
			}
		})
	}
}

// sameImages gives both the images, and returns the short id of box:1. That of other tests is away meanwhile.
func sameImages(t *testing.T, mydocker string) string {
	t.Helper()
	script := `set -e
		mkdir -p root/bin; cp "$TOOLS/busybox" root/bin/
		tar -C root -c . | "$DOCKER" import -c 'CMD ["/bin/sh"]' -c 'LABEL a=b' -c 'ENV X=y' -c 'EXPOSE 80' - box:1 >&2
		sleep 1.1 # Docker sorts by seconds
		tar -C root -c . | "$DOCKER" import -m "two words" -c 'WORKDIR /x' -c 'USER nobody' - box:2 >&2
		"$DOCKER" tag box:1 example.com:5000/team/box:x
		"$DOCKER" tag box:1 other
		"$DOCKER" save -o kept.tar "$IMAGE"
		"$DOCKER" rmi -f "$IMAGE" >&2
		"$DOCKER" save -o all.tar box:1 box:2 example.com:5000/team/box:x other
		"$1" load -q -i all.tar >&2
		"$DOCKER" images -q other`
	command := exec.Command("sh", "-c", script, "sh", mydocker)
	command.Dir = t.TempDir()
	var messages bytes.Buffer
	command.Stderr = &messages
	t.Cleanup(func() {
		if output, err := exec.Command(os.Getenv(dockerVar), "load", "-i", command.Dir+"/kept.tar").CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	})
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, messages.String())
	}
	return strings.TrimSpace(string(output))
}

// outputAndStatus runs a command. Of its output it returns the lines in order, as Docker has names
// of one image in any.
func outputAndStatus(t *testing.T, program string, args []string) (output string, status int) {
	t.Helper()
	printed, err := exec.Command(program, args...).Output()
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		status = exited.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	text := ago.ReplaceAllString(string(printed), "now")
	text = spaces.ReplaceAllString(trailing.ReplaceAllString(text, ""), "   ")
	// Docker's digests of layers are its own; the sizes of the archive's headers count there, too.
	text = deletedLayer.ReplaceAllString(text, "$1")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n"), status
}
