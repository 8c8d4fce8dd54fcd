package cmd_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// printed runs a command, which has to succeed, and returns what it prints.
func printed(t *testing.T, dir string, env []string, command ...string) string {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	text, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", command, err, text)
	}
	return string(text)
}

// filesBelow lists the files in a directory, as paths from there.
func filesBelow(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// make install puts its files where they are looked for, whatever is in the name of
// the directory, and make uninstall takes them away.
func TestNativeInstall(t *testing.T) {
	bin, to := buildBinary(t), filepath.Join(t.TempDir(), "a $dir/usr")
	printed(t, "..", nil, "sh", "scripts/install.sh", bin+"/mydocker", to)
	want := []string{
		"bin/mydocker", "lib/systemd/system/mydocker-boot.service", "lib/systemd/user/mydocker-boot.service",
		"share/bash-completion/completions/mydocker", "share/fish/vendor_completions.d/mydocker.fish",
		"share/man/man1/mydocker.1", "share/mydocker/init.d/mydocker-boot", "share/zsh/site-functions/_mydocker",
	}
	if got := filesBelow(t, to); !slices.Equal(got, want) {
		t.Errorf("installed are %q, not %q", got, want)
	}
	if text := printed(t, ".", nil, to+"/bin/mydocker", "version"); !strings.HasPrefix(text, "mydocker version ") {
		t.Errorf("what is installed says %q", text)
	}
	printed(t, "..", nil, "sh", "scripts/install.sh", bin+"/mydocker", to) // over itself
	printed(t, "..", nil, "sh", "scripts/install.sh", "-r", to)
	if left := filesBelow(t, to); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	if text, err := exec.Command("sh", "../scripts/install.sh", "no-such-file", to).CombinedOutput(); err == nil || !strings.HasPrefix(string(text), "install.sh: there is no no-such-file") {
		t.Errorf("without a binary: %v, %s", err, text)
	}
	for target, want := range map[string]string{
		"install":   "scripts/install.sh mydocker '/stage/opt/x'",
		"uninstall": "scripts/install.sh -r '/stage/opt/x'",
	} {
		if text := printed(t, "..", nil, "make", "-n", target, "DESTDIR=/stage", "PREFIX=/opt/x"); !strings.Contains(text, want) {
			t.Errorf("make %s would do:\n%s", target, text)
		}
	}
}

// The name of the OCI runtime is there for who asks for it, and nobody else's program is touched.
func TestNativeInstallOCI(t *testing.T) {
	bin, to := buildBinary(t), filepath.Join(t.TempDir(), "a $dir/usr")
	for range 2 { // the second time over itself
		printed(t, "..", nil, "sh", "scripts/install.sh", "-o", bin+"/mydocker", to)
	}
	if text := printed(t, ".", nil, to+"/bin/mydocker-oci", "--version"); !strings.HasPrefix(text, "mydocker-oci version ") {
		t.Errorf("what is installed says %q", text)
	}
	printed(t, "..", nil, "sh", "scripts/install.sh", "-r", to)
	if left := filesBelow(t, to); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	if err := os.WriteFile(to+"/bin/mydocker-oci", []byte("theirs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("sh", "../scripts/install.sh", "-d", "-o", bin+"/mydocker", to).CombinedOutput(); err == nil || !strings.Contains(string(text), "/bin/mydocker-oci is there and not mydocker's") {
		t.Errorf("%v, %s", err, text)
	}
	printed(t, "..", nil, "sh", "scripts/install.sh", "-r", to)
	if left := filesBelow(t, to); !slices.Equal(left, []string{"bin/mydocker-oci"}) {
		t.Errorf("%q are left", left)
	}
}

// The name docker is there for who asks for it, and nobody else's docker is touched.
func TestNativeInstallDocker(t *testing.T) {
	bin, to := buildBinary(t), filepath.Join(t.TempDir(), "a $dir/usr")
	printed(t, "..", nil, "sh", "scripts/install.sh", "-d", bin+"/mydocker", to)
	printed(t, "..", nil, "sh", "scripts/install.sh", "-d", bin+"/mydocker", to) // over itself
	if text := printed(t, ".", nil, to+"/bin/docker", "run", "--help"); !strings.Contains(text, "Usage: docker run [options] IMAGE") {
		t.Errorf("what is installed as docker says %q", text)
	}
	completion := to + "/share/bash-completion/completions/docker"
	if text := printed(t, ".", nil, "cat", completion); !strings.Contains(text, "\ncomplete -F _mydocker docker\n") {
		t.Errorf("bash completes docker by %q", text)
	}
	printed(t, "..", nil, "sh", "scripts/install.sh", "-r", to)
	if left := filesBelow(t, to); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	if err := os.WriteFile(completion, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	printed(t, "..", nil, "sh", "scripts/install.sh", "-d", bin+"/mydocker", to)
	printed(t, "..", nil, "sh", "scripts/install.sh", "-r", to)
	if text, err := os.ReadFile(completion); err != nil || string(text) != "theirs" {
		t.Errorf("Docker's own completion is %q, %v", text, err)
	}
	if err := os.Remove(completion); err != nil {
		t.Fatal(err)
	}
	for kind, make := range map[string]func(string) error{
		"file":          func(name string) error { return os.WriteFile(name, []byte("theirs"), 0o755) },
		"link":          func(name string) error { return os.Symlink("podman", name) },
		"dangling link": func(name string) error { return os.Symlink("/nowhere/mydocker", name) },
	} {
		docker := to + "/bin/docker"
		if err := make(docker); err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command("sh", "../scripts/install.sh", "-d", bin+"/mydocker", to).CombinedOutput()
		if err == nil || !strings.HasPrefix(string(text), "install.sh: "+docker+" is there and not mydocker's") {
			t.Errorf("%s: %v, %s", kind, err, text)
		}
		printed(t, "..", nil, "sh", "scripts/install.sh", "-r", to)
		if left := filesBelow(t, to); !slices.Equal(left, []string{"bin/docker"}) {
			t.Errorf("%s: %q are left", kind, left)
		}
		if err := os.Remove(docker); err != nil {
			t.Fatal(err)
		}
	}
	if text := printed(t, "..", nil, "make", "-n", "install", "DOCKER=1", "DESTDIR=/stage", "PREFIX=/opt/x"); !strings.Contains(text, "scripts/install.sh -d mydocker '/stage/opt/x'") {
		t.Errorf("make install DOCKER=1 would do:\n%s", text)
	}
}

// The package can be installed and removed, and is the same when it is made again.
func TestNativeDeb(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("needs dpkg-deb")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: dpkg sets owners")
	}
	dir := t.TempDir()
	binary := buildBinary(t) + "/mydocker"
	env := []string{"SOURCE_DATE_EPOCH=1700000000"}
	printed(t, "..", env, "sh", "scripts/deb.sh", binary, dir)
	debs, err := filepath.Glob(dir + "/mydocker_*.deb")
	if err != nil || len(debs) != 1 {
		t.Fatalf("made are %q, %v", debs, err)
	}
	first, err := os.ReadFile(debs[0])
	if err != nil {
		t.Fatal(err)
	}
	printed(t, "..", env, "sh", "scripts/deb.sh", binary, dir)
	if second, err := os.ReadFile(debs[0]); err != nil || !slices.Equal(first, second) {
		t.Errorf("made again it is another: %v", err)
	}
	root := dir + "/root"
	for _, admin := range []string{"/var/lib/dpkg/updates", "/var/lib/dpkg/info", "/tmp"} {
		if err := os.MkdirAll(root+admin, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(root+"/var/lib/dpkg/status", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	printed(t, ".", nil, "dpkg", "--root="+root, "--log=/dev/null", "-i", debs[0])
	if text := printed(t, ".", nil, root+"/usr/bin/mydocker", "version"); !strings.HasPrefix(text, "mydocker version ") {
		t.Errorf("what is installed says %q", text)
	}
	if text := printed(t, ".", nil, "dpkg", "--root="+root, "--verify", "mydocker"); text != "" {
		t.Errorf("dpkg --verify:\n%s", text)
	}
	printed(t, ".", nil, "dpkg", "--root="+root, "--log=/dev/null", "-r", "mydocker")
	if _, err := os.Stat(root + "/usr"); err == nil {
		t.Errorf("%q are left", filesBelow(t, root+"/usr"))
	}
}

// "go install" takes the module by its path, from a proxy that has nothing but it and
// what the module cache has.
func TestNativeGoInstall(t *testing.T) {
	const module, version = "github.com/mydocker/mydocker", "v0.1.0"
	proxy := t.TempDir()
	versions := filepath.Join(proxy, module, "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"list": version + "\n", version + ".info": `{"Version":"` + version + `"}`, version + ".mod": string(mod)} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	zipModule(t, "..", module+"@"+version+"/", filepath.Join(versions, version+".zip"))
	cache := strings.TrimSpace(printed(t, ".", nil, "go", "env", "GOMODCACHE"))
	bin := t.TempDir()
	printed(t, proxy, []string{
		"GOPROXY=file://" + proxy + ",file://" + cache + "/cache/download", "GOSUMDB=off", "GOMODCACHE=" + t.TempDir(), "GOBIN=" + bin,
		"GOFLAGS=-modcacherw -trimpath -tags=urfave_cli_no_template", "CGO_ENABLED=0",
	}, "go", "install", module+"@"+version)
	var said struct{ Version, OS string }
	if err := json.Unmarshal([]byte(printed(t, ".", nil, bin+"/mydocker", "version", "--json")), &said); err != nil || said.Version != "0.1.0" || said.OS != "linux" {
		t.Errorf("what is installed says %+v, %v", said, err)
	}
}

// zipModule writes the files of a module as a proxy has them.
func zipModule(t *testing.T, dir, prefix, to string) {
	t.Helper()
	file, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for _, name := range filesBelow(t, dir) {
		name = strings.TrimPrefix(name, "../")
		top, _, _ := strings.Cut(name, "/")
		if strings.HasPrefix(top, ".") || top == "bin" || top == "mydocker" || strings.HasSuffix(top, ".deb") {
			continue
		}
		content, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		entry, err := archive.Create(prefix + name)
		if err == nil {
			_, err = io.Copy(entry, content)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := content.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// The manual page has every flag and renders without a warning.
func TestNativeManPage(t *testing.T) {
	page := printed(t, ".", nil, buildBinary(t)+"/mydocker", "man")
	file := filepath.Join(t.TempDir(), "mydocker.1")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, renderer := range [][]string{{"mandoc", "-T", "lint", "-W", "style,stop"}, {"groff", "-ww", "-man", "-Tutf8", "-z"}, {"lexgrog"}} {
		if _, err := exec.LookPath(renderer[0]); err != nil {
			t.Logf("%s is missing", renderer[0])
			continue
		}
		if text := printed(t, ".", nil, append(renderer, file)...); text != "" && renderer[0] != "lexgrog" {
			t.Errorf("%q:\n%s", renderer, text)
		}
	}
	for _, flag := range []string{`\-m, \-\-memory VALUE`, `\-\-explain`, `\-q, \-\-quiet`, `\-\-help`, `\-\-log\-level VALUE`, "/etc/mydocker.conf"} {
		if !strings.Contains(page, flag+`"`) {
			t.Errorf("the page lacks %s", flag)
		}
	}
}
