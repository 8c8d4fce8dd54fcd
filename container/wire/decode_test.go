package wire

import (
	"errors"
	"reflect"
	"slices"
	"testing"
)

// fill gives each field of a struct a value that is not its zero, but those named.
func fill(v reflect.Value, but ...string) {
	for n := range v.NumField() {
		field := v.Field(n)
		if slices.Contains(but, v.Type().Field(n).Name) {
			continue
		}
		switch field.Kind() {
		case reflect.String:
			field.SetString("1 a=b ")
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Uint64:
			field.SetUint(1<<63 + uint64(n))
		case reflect.Slice:
			field.Set(reflect.ValueOf([]string{"", "x=y"}))
		case reflect.Pointer:
			field.Set(reflect.New(field.Type().Elem()))
			fill(field.Elem())
		default:
			panic("no value for " + v.Type().Field(n).Name)
		}
	}
}

// A further process gets all that restricts the first one: also what somebody adds.
func TestDecodeAll(t *testing.T) {
	sent := Config{Args: []string{"sh"}, Env: []string{"A=1", "B="}, Root: RootAlone, Reaper: true, Mask: 5}
	fill(reflect.ValueOf(&sent.Process).Elem())
	fill(reflect.ValueOf(&sent.Security).Elem())
	got, err := Decode(sent.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Args: sent.Args, Env: sent.Env, Root: sent.Root, Process: sent.Process, Security: sent.Security}
	want.Process.Hostname, want.Process.Domainname, want.Process.Sysctls = "", "", nil // the container has them
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v, want %+v", *got, want)
	}
}

func TestDecodeErrors(t *testing.T) {
	for message, cut := range map[string]bool{
		"":                                       true,
		"env=A":                                  true,
		"env=A\x00":                              true,
		"env=A\x00end":                           true,
		"capabilities=\x00end=\x00":              false,
		"capabilities=1 2 3 4 5 \x00end=\x00":    false,
		"capabilities=1 2 3 4 5 g \x00end=\x00":  false,
		"capabilities=-1 2 3 4 5 6 \x00end=\x00": false,
		"filter-flags=\x00end=\x00":              false,
		"filter-flags=1ffffffffffffffff\x00end=\x00": false,
	} {
		if config, err := Decode([]byte(message)); err == nil || errors.Is(err, ErrTruncated) != cut {
			t.Errorf("%q: %+v, %v", message, config, err)
		}
	}
}

// What comes back says the same when it is sent once more.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("end=\x00"))
	f.Add((&Config{Args: []string{"a"}, Env: []string{"A=1"}, Security: Security{Capabilities: &Capabilities{Keep: 1}}}).Marshal())
	f.Add([]byte("filter-flags=8\x00filter=00\x00own-filter=x\x00label=/a=b\x00end=\x00rest"))
	f.Add([]byte("capabilities=1 2 3 4 5 6 7\x00end=\x00"))
	f.Fuzz(func(t *testing.T, message []byte) {
		config, err := Decode(message)
		if err != nil {
			return
		}
		again, err := Decode(config.Marshal())
		if err != nil || !reflect.DeepEqual(normal(again), normal(config)) {
			t.Errorf("%q: %+v, then %+v, %v", message, config, again, err)
		}
	})
}

// normal leaves out what is not sent where it says nothing.
func normal(c *Config) Config {
	n := *c
	if n.Security.Filter == "" {
		n.Security.FilterFlags, n.Security.OwnFilter = 0, false
	}
	return n
}
