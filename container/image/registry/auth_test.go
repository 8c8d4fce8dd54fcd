package registry

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// guarded has a registry want a token from a realm.
func guarded(f *fake, realm, token string) {
	f.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Header.Get("Authorization") == "Bearer "+token {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+realm+`",service="here",scope="repository:repo:pull"`)
		refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
		return true
	}
}

// tokenServer gives a token to who knows the password, or to everybody.
func tokenServer(t *testing.T, everybody bool) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if !everybody && (user != "user" || password != "secret") || r.URL.Query().Get("service") != "here" {
			w.WriteHeader(http.StatusUnauthorized)
			w.Write([]byte(`{"details":"incorrect username or password"}`))
			return
		}
		writeJSON(w, map[string]string{"token": "t"})
	}))
	t.Cleanup(s.Close)
	return s
}

// Tokens come from another server of this machine; for everybody, or for who has a password.
func TestTokens(t *testing.T) {
	for _, row := range []struct {
		everybody bool
		password  string
		fails     string
	}{
		{true, "", ""},
		{false, "secret", ""},
		{false, "wrong", "the user name or password was not accepted"},
		{false, "", "incorrect username or password"},
	} {
		f := newFake(t, httptest.NewServer)
		f.image("latest", "linux/amd64")
		guarded(f, tokenServer(t, row.everybody).URL, "t")
		c := client(t, func(o *Options) {
			if row.password != "" {
				o.Credentials.File = credentialsFile(t, f.host(), "user", row.password)
			}
		})
		_, err := resolveAt(t, c, f.host(), "", "linux/amd64")
		if row.fails == "" && err != nil || row.fails != "" && (err == nil || !strings.Contains(err.Error(), row.fails)) {
			t.Errorf("%+v: %v", row, err)
		}
	}
}

// A password goes to nobody whom the user has not named: not by plain HTTP to another host, not
// from a public registry to this machine, and not behind a redirect.
func TestTokensStolen(t *testing.T) {
	thief := newFake(t, httptest.NewServer)
	thiefPort := thief.Listener.Addr().String()[strings.LastIndex(thief.Listener.Addr().String(), ":"):]
	for name, realm := range map[string]string{
		"plain HTTP":       "http://thief.example" + thiefPort + "/token",
		"a file":           "file:///etc/passwd",
		"a redirect there": "",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, httptest.NewServer)
			if realm == "" {
				redirects := httptest.NewServer(http.RedirectHandler("http://thief.example"+thiefPort+"/token", http.StatusTemporaryRedirect))
				t.Cleanup(redirects.Close)
				realm = redirects.URL
			}
			guarded(f, realm, "t")
			c := client(t, func(o *Options) { o.Credentials.File = credentialsFile(t, f.host(), "user", "secret") })
			if _, err := resolveAt(t, c, f.host(), "", "linux/amd64"); err == nil {
				t.Error("it worked")
			}
			if got := thief.log(); len(got) > 0 {
				t.Errorf("the thief was asked %q", got)
			}
		})
	}
	t.Run("this machine", func(t *testing.T) {
		f := newFake(t, httptest.NewTLSServer)
		guarded(f, thief.URL, "t")
		host := "example.com" + f.host()[strings.LastIndex(f.host(), ":"):]
		c := client(t, func(o *Options) {
			o.Config.InsecureRegistries = []string{"example.com"}
			o.Credentials.File = credentialsFile(t, host, "user", "secret")
		})
		if _, err := resolveAt(t, c, host, "", "linux/amd64"); err == nil || !strings.Contains(err.Error(), "realm") {
			t.Error(err)
		}
		if got := thief.log(); len(got) > 0 {
			t.Errorf("the thief was asked %q", got)
		}
	})
}

// From HTTPS no redirect leads to plain HTTP, also not to this machine.
func TestDowngrade(t *testing.T) {
	plain := newFake(t, httptest.NewServer)
	f := newFake(t, httptest.NewTLSServer)
	f.fault = first(9, http.MethodGet, "/manifests/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	_, err := resolveAt(t, client(t, nil), f.host(), "", "linux/amd64")
	if err == nil || !strings.Contains(err.Error(), "plain HTTP is refused") || len(plain.log()) > 0 {
		t.Errorf("%v, %q", err, plain.log())
	}
}

// Certificates of a directory, for a host with its port; and what people are told without.
func TestCertificates(t *testing.T) {
	f := newFake(t, httptest.NewTLSServer)
	f.image("latest", "linux/amd64")
	port := f.host()[strings.LastIndex(f.host(), ":"):]
	certificates := t.TempDir()
	trusted := filepath.Join(certificates, "example.com"+port)
	if err := os.Mkdir(trusted, 0o755); err != nil {
		t.Fatal(err)
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})
	writeFile(t, filepath.Join(trusted, "ca.crt"), string(authority))
	for host, row := range map[string]struct {
		certificates string
		insecure     []string
		fails        string
	}{
		"example.com" + port:     {certificates, nil, ""},
		"sub.example.com" + port: {certificates, nil, "signed by an authority that is not known here: put its certificate into /etc/docker/certs.d/sub.example.com" + port + "/ca.crt"},
		"lan.example" + port:     {"", []string{"lan.example"}, ""},
		"127.0.0.1" + port:       {"", nil, ""},
	} {
		c := client(t, func(o *Options) {
			o.Certificates, o.Config.InsecureRegistries = []string{row.certificates}, row.insecure
		})
		_, err := resolveAt(t, c, host, "", "linux/amd64")
		if row.fails == "" && err != nil || row.fails != "" && (err == nil || !strings.Contains(err.Error(), row.fails)) {
			t.Errorf("%s: %v", host, err)
		}
	}
	writeFile(t, filepath.Join(trusted, "client.cert"), string(authority))
	c := client(t, func(o *Options) { o.Certificates = []string{certificates} })
	if _, err := resolveAt(t, c, "example.com"+port, "", "linux/amd64"); err == nil || !strings.Contains(err.Error(), "client.key") {
		t.Error(err)
	}
}

// A registry elsewhere that speaks plain HTTP is refused, but where it is configured.
func TestPlain(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	f.image("latest", "linux/amd64")
	host := "lan.example" + f.host()[strings.LastIndex(f.host(), ":"):]
	_, err := resolveAt(t, client(t, nil), host, "", "linux/amd64")
	if err == nil || !strings.Contains(err.Error(), "speaks plain HTTP and not HTTPS: only insecure-registries of registries.json may") || len(f.log()) != 0 {
		t.Errorf("%v, %q", err, f.log())
	}
	c := client(t, func(o *Options) { o.Config.InsecureRegistries = []string{host} })
	if _, err := resolveAt(t, c, host, "", "linux/amd64"); err != nil {
		t.Error(err)
	}
}

// Login asks the registry first, and keeps nothing that it does not take.
func TestLogin(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	guarded(f, tokenServer(t, false).URL, "t")
	file := filepath.Join(t.TempDir(), "docker", "config.json")
	c := client(t, func(o *Options) { o.Credentials.File = file })
	if _, err := c.Login(t.Context(), f.host(), "user", "wrong"); err == nil || !strings.Contains(err.Error(), "incorrect username or password") {
		t.Error(err)
	}
	if _, err := c.Login(t.Context(), f.host(), "us:er", "secret"); err == nil || !strings.Contains(err.Error(), "no colon") {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
		t.Error(err)
	}
	if plain, err := c.Login(t.Context(), f.host(), "user", "secret"); err != nil || !plain {
		t.Errorf("%t, %v", plain, err)
	}
	if user, err := c.User(t.Context(), f.host()); err != nil || user != "user" {
		t.Errorf("%q, %v", user, err)
	}
	if err := c.Check(t.Context(), f.host()); err != nil {
		t.Error(err)
	}
	if had, err := c.Logout(t.Context(), f.host()); err != nil || !had {
		t.Errorf("%t, %v", had, err)
	}
	if err := c.Check(t.Context(), f.host()); err == nil {
		t.Error("it is still known")
	}
}

func TestParseHost(t *testing.T) {
	for text, want := range map[string]string{
		"": "docker.io", "docker.io": "docker.io", "https://index.docker.io/v1/": "docker.io", "registry-1.docker.io": "docker.io",
		"localhost:5000": "localhost:5000", "https://a.example/v2/": "a.example", "a.example/path": "a.example", "[::1]:5000": "[::1]:5000",
		"../x": "!", "a b": "!", "-": "!", "http://": "!",
	} {
		got, err := ParseHost(text)
		if want == "!" && err == nil || want != "!" && (err != nil || got != want) {
			t.Errorf("ParseHost(%q) = %q, %v", text, got, err)
		}
	}
}

func TestWordsOf(t *testing.T) {
	for content, want := range map[string]string{
		`{"errors":[{"code":"DENIED","message":"no"},{"code":"X"}]}`: "denied: no; x",
		`{"details":"bad"}`: "bad", "plain text\nmore": "plain text", "<html>": "", "": "", `{"errors":{}}`: `{"errors":{}}`, "[1]": "[1]",
		"\x1b[31m": `\x1b[31m`, strings.Repeat("x", 400): strings.Repeat("x", 300) + "...",
	} {
		if got := wordsOf([]byte(content)); got != want {
			t.Errorf("wordsOf(%q) = %q", content, got)
		}
	}
}
