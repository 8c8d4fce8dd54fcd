package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// storiesVar makes the tests write the stories: with "docker" what Docker prints; with
// "mydocker" what mydocker prints where that differs, with a row "?" where none was named.
const storiesVar = "MYDOCKER_STORIES"

// TestNativeStories tells each story with mydocker called as docker, and compares it with what
// Docker printed, which is in the story.
func TestNativeStories(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, as Docker's daemon")
	}
	bin := mydockerAsDocker(t)
	eachStory(t, func(t *testing.T, file string) {
		t.Parallel()
		tellStory(t, file, bin, false)
	})
}

// TestDockerStories tells them with Docker: what the stories have as its output still is.
func TestDockerStories(t *testing.T) {
	if os.Getenv(dockerVar) == "" {
		t.Skip("make test-docker runs it")
	}
	bin := t.TempDir()
	if err := os.Symlink(os.Getenv(dockerVar), filepath.Join(bin, "docker")); err != nil {
		t.Fatal(err)
	}
	eachStory(t, func(t *testing.T, file string) { tellStory(t, file, bin, true) })
}

func eachStory(t *testing.T, f func(t *testing.T, file string)) {
	t.Helper()
	files, err := filepath.Glob("testdata/stories/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) { f(t, file) })
	}
}

// mydockerAsDocker returns a directory with mydocker as docker.
func mydockerAsDocker(t *testing.T) string {
	t.Helper()
	bin := buildBinary(t)
	if err := os.Symlink("mydocker", filepath.Join(bin, "docker")); err != nil {
		t.Fatal(err)
	}
	return bin
}

// tellStory runs all steps of a story.
func tellStory(t *testing.T, file, bin string, docker bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseStory(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	r := newTeller(t, bin, docker)
	for _, step := range s.steps {
		got := r.tell(step)
		switch recorded := os.Getenv(storiesVar); {
		case docker && recorded == "docker":
			step.docker = got
		case !docker && recorded == "mydocker":
			step.record(got)
		case !slices.Equal(got, step.wanted(docker)):
			t.Errorf("%s: %s\nprinted:\n%s\nDocker:\n%s", filepath.Base(file), step.command,
				strings.Join(got, "\n"), strings.Join(step.wanted(docker), "\n"))
		}
		checkRow(t, step)
	}
	if os.Getenv(storiesVar) == "" {
		return
	}
	if err := os.WriteFile(file, []byte(s.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

var differencesPage = sync.OnceValues(func() (string, error) {
	page, err := os.ReadFile("../docs/differences.md")
	return string(page), err
})

// checkRow finds differences that nobody has explained, and those that are none.
func checkRow(t *testing.T, s *step) {
	t.Helper()
	if s.row == "" {
		return
	}
	page, err := differencesPage()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page, "\n| "+s.row+" |") {
		t.Errorf("%s: docs/differences.md has no row %q", s.command, s.row)
	}
	if slices.Equal(s.docker, s.mydocker) {
		t.Errorf("%s: differs no more: the difference %q is gone", s.command, s.row)
	}
}

// newTeller makes the image box for a story, in a store of its own, and takes all away at its end.
func newTeller(t *testing.T, bin string, docker bool) *teller {
	t.Helper()
	dir := t.TempDir()
	r := &teller{dir: dir, env: []string{
		"PATH=" + bin + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + dir, "TERM=dumb", "PS1=$ ",
	}}
	if docker {
		r.env = append(r.env, "DOCKER_HOST="+os.Getenv("DOCKER_HOST"), "DOCKER_CONFIG="+os.Getenv("DOCKER_CONFIG"), "KEPT="+os.Getenv("IMAGE"))
	} else {
		state := dir + "-state"
		r.env = append(r.env, "MYDOCKER_STATE="+state)
		t.Cleanup(func() {
			unmountBelow(t, state)
			if err := os.RemoveAll(state); err != nil {
				t.Error(err)
			}
		})
	}
	if err := os.CopyFS(dir, os.DirFS("testdata/docker_scripts")); err != nil {
		t.Fatal(err)
	}
	r.script(t, storyImages)
	t.Cleanup(func() { r.script(t, storyEnd) })
	return r
}

// storyImages makes box, and boxes, which has a volume, a user, an entry point and labels.
const storyImages = `set -e
	mkdir -p .root/bin .root/etc .root/tmp .root/data/sub .root/home/user
	for name in $(busybox --list); do ln -s busybox ".root/bin/$name"; done
	rm .root/bin/busybox; cp "$(command -v busybox)" .root/bin/busybox
	cat >.root/bin/serve <<-'END'
		#!/bin/sh
		trap 'echo stopped; exit 3' TERM
		trap 'echo interrupted; exit 4' INT
		trap 'echo reloaded' HUP
		echo "ready $*"
		while :; do sleep 0.1 & wait $!; done
	END
	chmod 755 .root/bin/serve
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >.root/etc/passwd
	printf 'root:x:0:\nuser:x:1000:\nextra:x:2000:user\n' >.root/etc/group
	echo image >.root/data/file; echo sub >.root/data/sub/file
	chown 1000:1000 .root/data/sub .root/home/user; chmod 1777 .root/tmp
	tar -C .root --mtime=@0 -c . | docker import -c 'CMD ["sh"]' -c 'ENV PATH=/bin' - box
	tar -C .root --mtime=@0 -c . | docker import -c 'ENV PATH=/bin' -c 'ENV A=image' -c 'VOLUME /data' -c 'LABEL made=here' \
		-c 'WORKDIR /tmp' -c 'USER user' -c 'ENTRYPOINT ["sh", "-c"]' -c 'CMD ["echo default"]' -c 'EXPOSE 80' - boxes
	rm -rf .root`

// storyEnd removes all but the image KEPT of other tests. Docker removes no image before those that were made of it.
const storyEnd = `for id in $(docker ps -aq); do docker unpause "$id" >/dev/null 2>&1; docker rm -f -v "$id" >/dev/null; done
	docker volume ls -q | xargs -r docker volume rm -f >/dev/null
	images() { docker images --format '{{.Repository}} {{.ID}}' | grep -v "^${KEPT:-nothing} " | cut -d' ' -f2 | sort -u; }
	images | xargs -r docker rmi -f >/dev/null 2>&1 || images | xargs -r docker rmi -f >/dev/null`

// script runs what belongs to no story.
func (r *teller) script(t *testing.T, script string) {
	t.Helper()
	command := exec.Command("sh", "-c", script)
	command.Dir, command.Env = r.dir, r.env
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
