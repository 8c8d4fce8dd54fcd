package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
)

// The test's own program is called again with these set, as one of a crowd.
const (
	crowdState = "TEST_CROWD_STATE"
	crowdSeed  = "TEST_CROWD_SEED"
)

// crowdRounds is how many things each of them does.
const crowdRounds = 60

// TestOfACrowd is no test, but what a test calls.
func TestOfACrowd(t *testing.T) {
	state := os.Getenv(crowdState)
	if state == "" {
		return
	}
	seed, err := strconv.ParseInt(os.Getenv(crowdSeed), 10, 64)
	must(t, err)
	random := rand.New(rand.NewSource(seed))
	s, err := Open(state)
	must(t, err)
	for range crowdRounds {
		if err := doAnything(t, s, random); err != nil {
			t.Fatal(err)
		}
	}
}

// doAnything takes, names, removes, collects or uses one of a few images, which share layers.
func doAnything(t *testing.T, s *Store, random *rand.Rand) error {
	n := random.Intn(4)
	name := reference(t, fmt.Sprintf("image%d", n))
	switch random.Intn(8) {
	case 0, 1, 2:
		_, err := take(s, []string{"base", fmt.Sprint("middle", n/2), fmt.Sprint("top", n)}, name)
		return err
	case 3:
		return ignoreGone(s.Untag(name))
	case 4:
		images, err := s.Images()
		if err != nil || len(images) == 0 {
			return err
		}
		chosen := images[random.Intn(len(images))]
		return ignoreGone(s.RemoveImage(chosen.Manifest.Digest, chosen.Names...))
	case 5:
		_, err := s.Collect(context.Background(), random.Intn(2) == 0)
		return err
	case 6:
		_, err := s.DiskUsage()
		return err
	}
	return use(s.state, fmt.Sprintf("image%d", n), "base", fmt.Sprint("middle", n/2), fmt.Sprint("top", n))
}

// use has an image open, as a container has, and looks at all of it meanwhile.
func use(state, name string, texts ...string) error {
	opened, err := image.Open(state, name)
	if err != nil {
		return ignoreGone(err)
	}
	lowers, err := opened.Lowers("")
	if err != nil {
		return errors.Join(err, opened.Close())
	}
	for range 3 {
		for n, lower := range lowers {
			content, err := os.ReadFile(lower + "/file")
			if want := texts[len(texts)-1-n]; err != nil || string(content) != want {
				return errors.Join(fmt.Errorf("%s in use: %s has %q, not %q", name, lower, content, want), err, opened.Close())
			}
		}
		time.Sleep(time.Millisecond)
	}
	return opened.Close()
}

func ignoreGone(err error) error {
	var gone *image.NotFoundError
	var used *InUseError
	if errors.As(err, &gone) || errors.As(err, &used) {
		return nil
	}
	return err
}

// 20 processes do anything with the same few images, and some are killed.
func TestCrowd(t *testing.T) {
	const many = 20
	state := stateDir(t)
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	var crowd sync.WaitGroup
	for n := range many {
		command := exec.Command(os.Args[0], "-test.run=^TestOfACrowd$")
		command.Env = append(os.Environ(), crowdState+"="+state, crowdSeed+"="+strconv.FormatInt(seed+int64(n), 10))
		crowd.Go(func() {
			if n%4 == 3 {
				killLater(t, command, rand.New(rand.NewSource(seed+int64(n))))
			} else if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%d: %v: %s", n, err, output)
			}
		})
	}
	crowd.Wait()
	s := openStore(t, state)
	_, err := take(s, []string{"base"}, reference(t, "last"))
	must(t, err)
	_, err = s.Collect(context.Background(), true)
	must(t, err)
	expectClean(t, s)
	for n := range 4 {
		must(t, use(state, fmt.Sprintf("image%d", n), "base", fmt.Sprint("middle", n/2), fmt.Sprint("top", n)))
	}
}

// killLater kills one of the crowd at some time, and starts another one, a few times.
func killLater(t *testing.T, command *exec.Cmd, random *rand.Rand) {
	for range 5 {
		command := &exec.Cmd{Path: command.Path, Args: command.Args, Env: command.Env}
		if err := command.Start(); err != nil {
			t.Error(err)
			return
		}
		time.Sleep(time.Duration(random.Intn(200)) * time.Millisecond)
		err := command.Process.Signal(unix.SIGKILL)
		var exit *exec.ExitError
		if err := command.Wait(); errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
			t.Errorf("to be killed: %v", err)
		}
		if err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
	}
}
