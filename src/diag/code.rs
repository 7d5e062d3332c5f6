/// Declares every code once: variant, id, one-line title. The page is `docs/codes/<id>.md`.
macro_rules! codes {
    ($($variant:ident $id:literal $title:literal),* $(,)?) => {
        /// A stable diagnostic code. Ranges: P01 syntax, P02 names and types, P03 information flow, P04 access,
        /// P05 masks, P06 metrics, P07 infrastructure and targets, P08 schedules, P09 data files and the host, P10 plans.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $(#[doc = $title] $variant),*
        }

        impl Code {
            /// Every code, in order of id.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// `P0101` and so on.
            pub fn id(self) -> &'static str {
                match self { $(Code::$variant => $id),* }
            }

            /// What it means, in one line.
            pub fn title(self) -> &'static str {
                match self { $(Code::$variant => $title),* }
            }

            /// Its documentation page, embedded.
            pub fn page(self) -> &'static str {
                match self { $(Code::$variant => include_str!(concat!("../../docs/codes/", $id, ".md"))),* }
            }

            /// The code with this id.
            pub fn from_id(id: &str) -> Option<Code> {
                Code::ALL.iter().copied().find(|c| c.id().eq_ignore_ascii_case(id))
            }
        }
    };
}

codes! {
    // P01 — syntax
    Syntax "P0101" "the text is not what the grammar expects here",
    TooDeep "P0102" "brackets or blocks are nested too deeply",
    NotText "P0103" "the file is not UTF-8 text",
    FileTooLarge "P0104" "the file is too large to be a source file",
    UnclosedBlock "P0105" "a block, bracket, string or `sql` text is never closed",
    SqlSyntax "P0110" "the SQL cannot be parsed",
    SqlUnsupported "P0111" "this SQL construct is not supported",
    Unrepeatable "P0112" "a build with this SQL could not be repeated",
    BadHole "P0120" "a `${…}` cannot stand here or cannot be evaluated",
    UnknownSetting "P0130" "no such setting in this declaration",
    BadSetting "P0131" "a setting has the wrong shape",
    MissingSetting "P0132" "a declaration lacks a setting it needs",
    // P02 — names and types
    UnknownName "P0201" "nothing with this name is declared",
    DuplicateName "P0202" "two declarations share one name",
    AmbiguousName "P0203" "a name fits more than one thing",
    Cycle "P0204" "models depend on each other in a circle",
    UnknownColumn "P0205" "no such column here",
    UnknownFunction "P0206" "no such function",
    NoOverload "P0207" "no version of the function or operator takes these types",
    TypeMismatch "P0208" "the type is not the one needed here",
    NotGrouped "P0209" "a column is neither grouped nor aggregated",
    MisplacedAggregate "P0210" "an aggregate or window function stands where none may",
    UnnamedColumn "P0211" "an output column has no name",
    UnknownField "P0212" "the typed JSON has no such field",
    ColumnCount "P0213" "the numbers of columns differ",
    ContractBroken "P0214" "a model does not yield the columns it declares",
    MissingProject "P0215" "the folder has no project declaration",
    BadAssertion "P0216" "an assertion cannot be checked as written",
    NameTooLong "P0217" "a name is longer than the warehouse keeps",
    BadNumber "P0218" "the numbers of an incremental model are none, or do not say what they stand for",
    OnePlace "P0219" "two declarations lie at one place of the warehouse",
    UnprovenSum "P0220" "a sum over people is not proven to be of enough of them",
    BadTest "P0230" "a test cannot be run as written",
    // P03 — information flow
    Leak "P0301" "a sink receives a value it is not cleared for",
    Unclassified "P0302" "an unclassified column reaches a sink",
    ControlLeak "P0303" "a sink learns from a condition it is not cleared for",
    UnknownCategory "P0304" "no such category",
    ReleaseReason "P0305" "a release needs a reason",
    DataTells "P0306" "a data file that nobody called public generates names and texts",
    ControlWarned "P0307" "a sink learns from a condition, and its clearance only warns",
    SeedTells "P0308" "a seed holds what tells of somebody",
    MasksTogether "P0320" "two masks of one value reach one reader",
    Relinkage "P0321" "a value reaches a reader beside its pseudonym",
    Linkage "P0322" "one reader can bring together what two places keep apart",
    Crowd "P0323" "a combination of values may single somebody out",
    Differencing "P0324" "one reader gets two counts of the same people, of which one may be a part of the other",
    MaskTooFine "P0325" "an argument of a mask leaves as good as the value",
    AgesOfThePast "P0326" "ages over 89 are told by the day on which they are counted",
    DeterminationExpired "P0330" "an Expert Determination has expired",
    DeterminationEnds "P0331" "an Expert Determination expires soon",
    FreshnessTells "P0332" "how fresh a source is would be told by a value about a person",
    KnownStandIn "P0350" "a stand-in is made of a value that everybody knows",
    Untested "P0351" "an export waits for no test of what it stands on",
    // P04 — access
    GrantAboveClearance "P0401" "a grant exceeds the role's clearance",
    UnknownPrincipal "P0402" "no such role",
    PolicyCondition "P0403" "a policy's condition cannot be enforced",
    UnclearEntitlement "P0404" "a policy does not say which entitlement it asks",
    PolicyLost "P0405" "a role reads rows that a policy hides from it",
    PolicyInFile "P0406" "a file or an API for everybody shows rows that a policy hides from its readers",
    PolicyTells "P0407" "a policy's condition tells a role more than its clearance admits",
    AccessTestFailed "P0408" "a test says otherwise than the access matrix",
    Unenforceable "P0409" "access cannot be enforced as declared",
    MaskedGrant "P0410" "a grant cannot be masked as written",
    NothingReleased "P0411" "a release of a policy releases nothing",
    WriteOfBuilt "P0413" "what a build makes is granted to be written",
    WritesOwnRights "P0414" "who is narrowed by a policy may write what it goes by",
    ReferenceUntold "P0415" "a column says less than what it references",
    ReferenceAnswers "P0416" "a foreign key would tell a writer of a table that he may not read",
    // P05 — masks
    MaskArgument "P0501" "a mask is applied to something it does not fit",
    NothingMasked "P0502" "a masking changes nothing",
    UncoveredCategory "P0503" "no single rule of a masking covers all that a column tells",
    MaskKey "P0504" "a key is written in the source, or a secret stands where no key is",
    MaskClock "P0505" "a mask reads the clock",
    DailyAge "P0506" "a scheduled export shows ages that change by the day",
    ZipAreas "P0507" "the small ZIP areas are not the project's own list",
    // P06 — metrics
    MetricShape "P0601" "a metric cannot be computed as written",
    CellsOverlap "P0602" "metrics of one fact count the same people in ways that cannot be withheld together",
    NotWithheld "P0603" "a metric beside a smallest group is not withheld",
    CountedElsewhere "P0604" "the condition of a withheld metric reads more than the rows it counts",
    ZerosAmongTotals "P0605" "cells of nobody cannot be told beside totals and their parts",
    SmallGroups "P0606" "a table is not proven to stand for as many people as is asked",
    GroupsOverlap "P0607" "cells of a metric may hold the same rows of people",
    // P061 — access in the clouds
    KeysOverlap "P0610" "the keys of an export cannot be told from those of another",
    WhichCloud "P0611" "a bucket does not say in which cloud it lies",
    PolicyTooLong "P0612" "a policy is longer than its cloud takes",
    BigQueryAccess "P0613" "access cannot be enforced in BigQuery as declared",
    // P063 — what Terraform makes
    BadVariable "P0630" "a value does not fit its variable",
    PlatformName "P0631" "a name cannot stand in Terraform or in the cloud",
    OpenToTheWorld "P0632" "a machine is open to the world and nothing says why",
    BadNetwork "P0633" "a network cannot be laid out as declared",
    BadDatabase "P0634" "a database cannot be made as declared",
    BadBootstrap "P0635" "a script cannot run at a machine's first start",
    BadAdoption "P0636" "what is there cannot be taken over as declared",
    RawTerraform "P0637" "Terraform as it was written cannot be read, or makes what pipec makes",
    BadGoogle "P0638" "what lies at Google cannot be made as declared",
    AccountTooWide "P0639" "a service account reaches all data of a project, and nothing says why",
    TagNotTaken "P0640" "a cloud does not take an owner or a tag as it is written",
    SecretPlace "P0641" "a secret cannot be read where it is said to lie, or would be shown",
    // P062 — Tableau
    UnclearDataSource "P0620" "a data source cannot be shown in Tableau as declared",
    ExtractHoldsRows "P0621" "a file that somebody may take from Tableau holds rows that a policy hides",
    // P066 — loads
    ExposureNotGranted "P0645" "an exposure shows what who looks at it may not read",

    LoadTarget "P0660" "a load cannot fill this table",
    LoadKey "P0661" "the key of a load names no row of its table once",
    LoadPlace "P0662" "a load reads files that something else writes",
    ExternalFiles "P0663" "a table cannot be made of these files",
    ContainerStep "P0664" "a container would reach what it may not",
    // P067 — tables of the platform's own
    PartitionKey "P0670" "a partitioned table cannot keep a key",
    VectorShape "P0671" "a vector cannot be kept or searched as written",
    // P069 — APIs
    ApiNotGranted "P0690" "an API shows a table that its role may not read",
    ApiWithoutKey "P0691" "an API cannot page through a table without a key",
    ApiHiddenColumn "P0692" "an API would tell of a column that it does not show",
    ApiCreate "P0693" "an API cannot create rows as declared",
    ApiAboveClearance "P0694" "an API shows more than its clearance admits",
    ApiAnonymous "P0695" "an API without a login does what needs one",
    ApiUnserved "P0696" "an API cannot be served as declared",
    ApiSharesTokens "P0697" "two APIs that show different things take each other's tokens",
    // P07 — targets
    DialectGap "P0701" "a target cannot express this",
    NotEmittedYet "P0702" "this declaration is checked but not emitted yet",
    TargetName "P0703" "a name is not allowed by a target",
    ForeignFile "P0704" "a file pipec does not own stands in the way",
    StaleOutput "P0705" "the output is not what the sources give",
    // P08 — schedules
    BadSchedule "P0801" "a schedule is not valid",
    ScheduleSurprise "P0802" "a schedule runs at other times than it seems to",
    // P09 — data files and the host
    DataFileMissing "P0901" "a data file is missing",
    DataFileMalformed "P0902" "a data file cannot be read",
    EngineFailed "P0903" "the embedded engine refused a statement",
    HostFailed "P0904" "a file could not be read or written",
    ArtifactGivesMore "P0920" "an artifact gives more than the program",
    ArtifactGivesLess "P0921" "an artifact gives less than the program",
    ArtifactDiffers "P0922" "an artifact says something else than the program",
    ArtifactUnread "P0923" "a part of an artifact is not understood",
    ArtifactEdited "P0924" "an artifact was edited, and gives the same",
    NothingCompared "P0925" "there is nothing that can be compared",
    // P10 — plans
    GitFailed "P1001" "git cannot be asked",
    UnknownBase "P1002" "there is no such base to compare with",
    BaseBroken "P1003" "the base of a plan does not compile",
    BaseRefused "P1004" "a check refuses the base of a plan",
    GateClosed "P1005" "a change does what a gate is closed for",
    ApprovalsUnread "P1010" "the file of approvals cannot be read",
    ApprovalStale "P1011" "an approval holds for no change",
}
