// Search by name. The index lies in files that are loaded as scripts, one after the other, because a page opened from a disk may read no other file.
// Everything found is put in as text, never as HTML.
"use strict";
(function () {
  var shards = Number(document.currentScript.dataset.shards);
  var MOST = 100;
  var said = document.getElementById("said");
  var list = document.getElementById("found");
  var input = document.getElementById("q");
  var loaded = [];
  var loading = false;
  var plain = /^[a-z_][a-z0-9_]*$/;

  // Called by each file of the index.
  window.pipecIndex = function (entries) { loaded.push(entries); };

  function load(done) {
    if (loaded.length === shards) { return done(); }
    if (loading) { return; }
    loading = true;
    (function next() {
      if (loaded.length === shards) { loading = false; return done(); }
      var before = loaded.length;
      var script = document.createElement("script");
      script.src = "index/" + before + ".js";
      script.onload = function () {
        if (loaded.length === before) { said.textContent = "A part of the index cannot be read."; return; }
        next();
      };
      script.onerror = function () { said.textContent = "A part of the index is missing: index/" + before + ".js"; };
      document.body.appendChild(script);
    })();
  }

  // 0: the same, 1: begins so, 2: a word in it begins so, 3: somewhere in it; -1: not.
  function rank(name, wanted) {
    var at = name.toLowerCase().indexOf(wanted);
    if (at < 0) { return -1; }
    if (at === 0) { return name.length === wanted.length ? 0 : 1; }
    return /[._ ]/.test(name.charAt(at - 1)) ? 2 : 3;
  }

  function find(wanted) {
    var found = [[], [], [], []];
    var all = 0;
    function put(how, name, path, kind) {
      if (how < 0) { return; }
      all += 1;
      if (found[how].length < MOST) { found[how].push([name, path, kind]); }
    }
    loaded.forEach(function (entries) {
      entries.forEach(function (entry) {
        if (typeof entry[2] === "string") { return put(rank(entry[0], wanted), entry[0], entry[1], entry[2]); }
        put(rank(entry[0], wanted), entry[0], entry[1], "table");
        entry[2].forEach(function (column, position) {
          var whole = entry[0] + "." + column;
          var how = rank(column, wanted);
          if (how < 0 && wanted.indexOf(".") >= 0) { how = rank(whole, wanted); }
          put(how, whole, entry[1] + "#column-" + (plain.test(column) ? column : position), "column");
        });
      });
    });
    return { all: all, best: [].concat(found[0], found[1], found[2], found[3]).slice(0, MOST) };
  }

  function show() {
    var wanted = input.value.trim().toLowerCase();
    list.textContent = "";
    if (!wanted) { said.textContent = "Type the name of a column, a table, a role, a metric…"; return; }
    var result = find(wanted);
    result.best.forEach(function (hit) {
      var item = document.createElement("li");
      var link = document.createElement("a");
      var code = document.createElement("code");
      var kind = document.createElement("span");
      code.textContent = hit[0];
      link.href = hit[1];
      link.appendChild(code);
      kind.className = "quiet";
      kind.textContent = " " + hit[2];
      item.appendChild(link);
      item.appendChild(kind);
      list.appendChild(item);
    });
    said.textContent = result.all > result.best.length ? "The first " + result.best.length + " of " + result.all + " names." : result.all + (result.all === 1 ? " name." : " names.");
  }

  function search() {
    if (loaded.length < shards) { said.textContent = "Searching…"; }
    load(show);
  }

  input.value = new URLSearchParams(location.search).get("q") || "";
  var waiting;
  input.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(search, 120); });
  input.form.addEventListener("submit", function (event) { event.preventDefault(); search(); });
  search();
})();
