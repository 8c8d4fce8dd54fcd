package overlay

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
)

func TestHomesOf(t *testing.T) {
	const passwd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1::/usr/sbin:/usr/sbin/nologin
postgres:x:101:101::/var/lib/postgresql/:/bin/bash
alice:x:1000:1000::/home/alice:/bin/bash
nobody:x:65534:65534::/:/bin/false
bad line
short:x:1
relative:x:1001:1:x:home:/bin/sh
`
	want := []string{"/root", "/var/lib/postgresql", "/home/alice"}
	if got := homesOf(bufio.NewScanner(strings.NewReader(passwd))); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	many := strings.Repeat("a:x:1000:1000::/home/a:/bin/sh\n", 2*maxHomes)
	if got := homesOf(bufio.NewScanner(strings.NewReader(many))); len(got) != maxHomes {
		t.Errorf("%d homes", len(got))
	}
}

func TestElsewhere(t *testing.T) {
	mounts := parseMounts(`21 1 8:2 / / rw - ext4 a rw
22 21 8:3 / /home rw - ext4 b rw
23 21 8:3 /alice /data/alice rw - ext4 b rw
24 21 8:3 /alice/.ssh/keys /keys rw - ext4 b rw
25 21 8:2 /home /under rw - ext4 a rw
27 21 8:2 /srv/homes /homes rw - ext4 a rw
26 21 0:4 net:[1] /ns rw - nsfs nsfs rw`)
	for hidden, want := range map[string][]string{
		"/home/alice/.ssh":      {"/home/alice/.ssh", "/data/alice/.ssh", "/keys"},
		"/data/alice/.ssh/keys": {"/data/alice/.ssh/keys", "/home/alice/.ssh/keys", "/keys"},
		"/home/bob/.ssh":        {"/home/bob/.ssh"},
		"/etc/shadow":           {"/etc/shadow"},
		"/ns":                   {"/ns"},
		"/homes/carol/.ssh":     {"/homes/carol/.ssh", "/srv/homes/carol/.ssh"},
		"/under/dave/.ssh":      {"/under/dave/.ssh"}, // another file system is mounted on /home
	} {
		if got := elsewhere([]string{hidden}, mounts); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", hidden, got, want)
		}
	}
}

func TestOutermost(t *testing.T) {
	got := outermost([]string{"/b", "/a/b", "/a-b", "/a", "/a/b/c", "/a", "/c/d"})
	if want := []string{"/a", "/a-b", "/b", "/c/d"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := outermost(nil); len(got) > 0 {
		t.Errorf("of nothing: %q", got)
	}
}

func TestHiddenPaths(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "home/.ssh/id", "home/.config/gcloud/x", "home/.bashrc", "keys/id", "named", "asked", "state/overlay/")
	if err := errors.Join(os.Symlink("../keys", dir+"/home/.gnupg"), os.Symlink("loop", dir+"/home/.aws"), os.Symlink("aws", dir+"/home/aws")); err != nil {
		t.Fatal(err)
	}
	root := spec.Root{Overlay: true, Home: dir + "/home", Secrets: []string{dir + "/named", dir + "/gone"}, State: dir + "/state", Hide: []string{dir + "/asked", dir + "/missing"}}
	inside := func(root spec.Root) (list []string) {
		hidden, missing, err := hiddenPaths(&root, nil)
		if err != nil || len(root.Hide) > 0 && !slices.Equal(missing, []string{dir + "/missing"}) {
			t.Errorf("%v, missing are %q", err, missing)
		}
		for _, name := range hidden {
			if rest, found := strings.CutPrefix(name, dir+"/"); found {
				list = append(list, rest)
			}
		}
		return list
	}
	if got, want := inside(root), []string{"asked", "home/.config/gcloud", "home/.ssh", "keys", "named", "state"}; !slices.Equal(got, want) {
		t.Errorf("hidden are %q, want %q", got, want)
	}
	root.HideNoDefaults = true
	if got, want := inside(root), []string{"asked", "state"}; !slices.Equal(got, want) {
		t.Errorf("without the default list %q, want %q", got, want)
	}
}

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "ssh_host_rsa_key", "ssh_host_rsa_key.pub", "ssh_host_ed25519_key", "other")
	got := expand(dir + "/ssh_host_*_key")
	if want := []string{dir + "/ssh_host_ed25519_key", dir + "/ssh_host_rsa_key"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := expand("/nowhere/at-all"); !slices.Equal(got, []string{"/nowhere/at-all"}) {
		t.Errorf("%q", got)
	}
	if got := expand("/nowhere/*"); got != nil {
		t.Errorf("%q", got)
	}
}

func TestWithoutPasswords(t *testing.T) {
	for content, want := range map[string]string{
		"": "", "root:$y$hash:1:0:::::\nbob:!:2:0:::::\n": "root:*:1:0:::::\nbob:*:2:0:::::\n",
		"wheel:$y$hash:root:bob\n": "wheel:*:root:bob\n", "$y$hash\nroot:$y$hash": "", "root:a:last": "root:*:last",
	} {
		if got := withoutPasswords(content); got != want {
			t.Errorf("%q: %q", content, got)
		}
	}
}

// In a layer that is thrown away, what is hidden is empty, has the host's attributes, and
// can be used; nothing else is changed.
func TestReplaceInLayer(t *testing.T) {
	needsRoot(t)
	dir := t.TempDir()
	tree(t, dir, "lower/home/.ssh/id", "lower/home/.netrc", "lower/home/other", "lower/run/agent")
	lower := dir + "/lower"
	for _, err := range []error{
		os.Remove(lower + "/run/agent"), unix.Mkfifo(lower+"/run/agent", 0o600),
		os.Chown(lower+"/home", 1000, 1001), os.Chmod(lower+"/home", 0o750), os.Chmod(lower+"/home/.netrc", 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := openStore(requestOf("0123456789ab", spec.Root{Overlay: true, State: dir + "/state"}), false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close(true)
	part := &piece{path: lower}
	layer, err := s.layer(part)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/home/.ssh", "/home/.netrc", "/run/agent"} {
		if done, err := s.replace(part, lower+name); err != nil || !done {
			t.Fatalf("%s: %v, %v", name, done, err)
		}
	}
	options := mountOptions{lowers: []string{lower}, upper: layer + "/upper", work: layer + "/work"}
	merged := t.TempDir()
	inMountNamespace(t, func() {
		if err := unix.Mount("overlay", merged, "overlay", 0, options.String()); err != nil {
			t.Error(err)
			return
		}
		var got []string
		err := filepath.Walk(merged, func(name string, info os.FileInfo, err error) error {
			got = append(got, strings.TrimPrefix(name, merged)+" "+info.Mode().String())
			return err
		})
		want := []string{" drwxr-xr-x", "/home drwxr-x---", "/home/.netrc -rw-------", "/home/.ssh drwxr-xr-x", "/home/other -rw-r--r--", "/run drwxr-xr-x"}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		content, err := os.ReadFile(merged + "/home/.netrc")
		var stat unix.Stat_t
		if err = errors.Join(err, unix.Stat(merged+"/home", &stat)); err != nil || len(content) > 0 || stat.Uid != 1000 || stat.Gid != 1001 {
			t.Errorf("%v, %q, of %d:%d", err, content, stat.Uid, stat.Gid)
		}
		if err := os.WriteFile(merged+"/home/.ssh/mine", nil, 0o600); err != nil {
			t.Error(err)
		}
	})
}

// Names with all that separates options and paths are taken as they are.
func TestOddNamesAreMounted(t *testing.T) {
	needsRoot(t)
	dir := t.TempDir()
	const odd = "a:b,c\\d e\nf=\"'$"
	tree(t, dir, odd+"/lower/file", odd+"/upper/", odd+"/work/", "merged/")
	options := mountOptions{lowers: []string{filepath.Join(dir, odd, "lower")}, upper: filepath.Join(dir, odd, "upper"), work: filepath.Join(dir, odd, "work")}
	inMountNamespace(t, func() {
		if err := unix.Mount("overlay", dir+"/merged", "overlay", 0, options.String()); err != nil {
			t.Error(err)
			return
		}
		if err := os.WriteFile(dir+"/merged/made", nil, 0o600); err != nil || !exists(dir+"/merged/file") {
			t.Errorf("%v", err)
		}
	})
	if !exists(filepath.Join(dir, odd, "upper/made")) {
		t.Error("what was written went elsewhere")
	}
}
