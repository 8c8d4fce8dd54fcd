package lifecycle

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/decode"
)

// What is written of a record, by encoding/json, is read again by package decode, whatever field
// it is in.
func TestRecordIsReadAsWritten(t *testing.T) {
	for name, written := range map[string]*Record{"empty": {}, "full": filled()} {
		content, err := json.Marshal(written)
		if err != nil {
			t.Fatal(err)
		}
		var read Record
		if err := decode.Text(string(content), &read); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, content)
		}
		again, err := json.Marshal(&read)
		if err != nil || string(again) != string(content) {
			t.Errorf("%s: %v\n%s\nis read as\n%s", name, err, content, again)
		}
	}
}

// filled is a record of which no field is empty.
func filled() *Record {
	record := &Record{}
	fill(reflect.ValueOf(record).Elem())
	return record
}

func fill(v reflect.Value) {
	switch into := v.Addr().Interface().(type) {
	case *time.Time:
		*into = time.Unix(1, 2).UTC()
		return
	case *json.RawMessage:
		*into = json.RawMessage(`{"args":["\u003c",{"a":[1,-2,true,null]}]}`)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for n := range v.NumField() {
			fill(v.Field(n))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for n := range v.Len() {
			fill(v.Index(n))
		}
	case reflect.Map:
		element := reflect.New(v.Type().Elem()).Elem()
		fill(element)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("a <key> of \"ü\"").Convert(v.Type().Key()), element)
	case reflect.String:
		v.SetString("a \t\"string\" <&>\u2028 ü \\")
	case reflect.Bool:
		v.SetBool(true)
	default:
		if v.CanInt() {
			v.SetInt(-1)
		} else {
			v.SetUint(1<<(v.Type().Bits()-1) + 1)
		}
	}
}
