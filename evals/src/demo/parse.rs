//! Reading the files of the demo companies.

use std::collections::BTreeMap;

use crm_store::articles::{ArticleStatus, Audience};
use serde::Deserialize;

use super::{DemoArticle, DemoTenant, DemoUser, DemoVersion};
use crate::{EvalError, embedded::File};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantFile {
    slug: String,
    name: String,
    locale: String,
    currency: String,
    timezone: String,
    users: Vec<DemoUser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    language: String,
    audience: AudienceWord,
    status: StatusWord,
    updated: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AudienceWord {
    Public,
    Internal,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusWord {
    Published,
    Withdrawn,
    Draft,
}

/// Versions of one article as they are found, by number; the current one has none yet.
#[derive(Default)]
struct Found {
    earlier: BTreeMap<usize, (String, DemoVersion)>,
    current: Option<(ArticleStatus, DemoVersion)>,
}

pub(super) fn tenants(files: &[File]) -> Result<Vec<DemoTenant>, EvalError> {
    let mut folders: BTreeMap<&str, Vec<File>> = BTreeMap::new();
    for file in files {
        let (folder, _) = file
            .path
            .split_once('/')
            .ok_or_else(|| EvalError::file(file.path, 1, "is not in a company's folder"))?;
        folders.entry(folder).or_default().push(*file);
    }
    folders
        .into_iter()
        .map(|(folder, files)| tenant(folder, &files))
        .collect()
}

fn tenant(folder: &str, files: &[File]) -> Result<DemoTenant, EvalError> {
    let mut about = None;
    let mut articles: BTreeMap<String, Found> = BTreeMap::new();
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or(file.path);
        if name == "tenant.yaml" {
            let read: TenantFile =
                serde_norway::from_str(file.text).map_err(|error| EvalError::yaml(file.path, 0, &error))?;
            about = Some((file.path, read));
        } else if let Some(stem) = name.strip_suffix(".md") {
            place(file, stem, &mut articles)?;
        } else {
            return Err(EvalError::file(
                file.path,
                1,
                "is neither tenant.yaml nor an article (.md)",
            ));
        }
    }
    let Some((path, about)) = about else {
        return Err(EvalError::file(format!("{folder}/tenant.yaml"), 1, "is missing"));
    };
    if about.slug != folder {
        return Err(EvalError::file(
            path,
            1,
            format!("slug is {:?}, the folder {folder:?}", about.slug),
        ));
    }
    if about.users.is_empty() {
        return Err(EvalError::file(
            path,
            1,
            "users is empty: the first one administers the company",
        ));
    }
    let articles = articles
        .into_iter()
        .map(|(id, found)| article(folder, id, found))
        .collect::<Result<_, _>>()?;
    let TenantFile {
        slug,
        name,
        locale,
        currency,
        timezone,
        users,
    } = about;
    Ok(DemoTenant {
        slug,
        name,
        locale,
        currency,
        timezone,
        users,
        articles,
    })
}

/// Puts a file to the article that it is a version of.
fn place(file: &File, stem: &str, articles: &mut BTreeMap<String, Found>) -> Result<(), EvalError> {
    let (status, version) = version(file)?;
    let Some((id, number)) = stem.split_once('@') else {
        articles.entry(stem.to_owned()).or_default().current = Some((status, version));
        return Ok(());
    };
    let number = number
        .parse()
        .map_err(|_| EvalError::file(file.path, 1, "after the @ stands the number of the version"))?;
    articles
        .entry(id.to_owned())
        .or_default()
        .earlier
        .insert(number, (file.path.to_owned(), version));
    Ok(())
}

fn article(folder: &str, external_id: String, found: Found) -> Result<DemoArticle, EvalError> {
    let Some((status, current)) = found.current else {
        let path = format!("{folder}/{external_id}.md");
        return Err(EvalError::file(
            path,
            1,
            "is missing: there are earlier versions but no current one",
        ));
    };
    let mut versions = Vec::with_capacity(found.earlier.len() + 1);
    for (expected, (number, (path, version))) in (1..).zip(found.earlier) {
        if number != expected {
            return Err(EvalError::file(
                path,
                1,
                format!("version {expected} is missing before this one"),
            ));
        }
        versions.push(version);
    }
    versions.push(current);
    Ok(DemoArticle {
        external_id,
        status,
        versions,
    })
}

/// Front matter between two lines of three hyphens, then the text.
fn version(file: &File) -> Result<(ArticleStatus, DemoVersion), EvalError> {
    let rest = file
        .text
        .strip_prefix("---\n")
        .ok_or_else(|| EvalError::file(file.path, 1, "does not begin with front matter (---)"))?;
    let (head, body) = rest
        .split_once("\n---\n")
        .ok_or_else(|| EvalError::file(file.path, 1, "the front matter has no end (---)"))?;
    let head: FrontMatter =
        serde_norway::from_str(head).map_err(|error| EvalError::yaml(file.path, 1, &error))?;
    let body = body.trim();
    if body.is_empty() {
        return Err(EvalError::file(
            file.path,
            1,
            "has no text after the front matter",
        ));
    }
    let status = match head.status {
        StatusWord::Published => ArticleStatus::Published,
        StatusWord::Withdrawn => ArticleStatus::Withdrawn,
        StatusWord::Draft => ArticleStatus::Draft,
    };
    let audience = match head.audience {
        AudienceWord::Public => Audience::Public,
        AudienceWord::Internal => Audience::Internal,
    };
    let version = DemoVersion {
        title: head.title,
        language: head.language,
        audience,
        updated: head.updated,
        body: body.to_owned(),
    };
    Ok((status, version))
}
